package org.openapitools.client;

import java.util.Collections;
import java.util.Map;
import org.openapitools.client.api.JobsApi;
import org.openapitools.client.api.MetricsApi;
import org.openapitools.client.model.Job;
import org.openapitools.client.model.JobSpecInput;
import org.openapitools.client.model.ListJobs200Response;
import org.openapitools.client.model.ProblemDetails;

public class OpenapiGenerator {
  private static JobSpecInput spec(String team, int length) throws Exception {
    return JobSpecInput.fromJson(
        "{\"model\":{\"cell\":\"rnn\"},\"data\":{\"task\":\"adding\"},\"sequence_length\":" + length
            + ",\"metadata\":{\"team\":\"" + team + "\"}}");
  }

  public static void main(String[] args) throws Exception {
    String seeded = args[1], team = args[2];
    ApiClient client = new ApiClient().setBasePath(args[0]);
    JobsApi jobs = new JobsApi(client);
    // Its createJob() has the type of the first answer, which is that of a dry run.
    Job made = client.<Job>execute(jobs.createJobCall(spec(team, 10), null, null, null), Job.class).getData();
    boolean created = made.getId().startsWith("job_");
    // It knows no deepObject: fields of an object become parameters of their own names.
    Map<String, String> filter = Collections.singletonMap("metadata[team]", team);
    int filtered = jobs.listJobs(null, null, null, null, null, filter).getData().size();
    String metrics =
        new MetricsApi(client).getJobMetrics(seeded, null, null, null, null, null, null).getMetrics().toJson();
    int paged = 0;
    String after = null;
    do {
      ListJobs200Response page = jobs.listJobs(after, 2, null, null, null, null);
      paged += page.getData().size();
      after = page.getNext();
    } while (after != null);
    String problem = null;
    try {
      jobs.createJob(spec(team, 0), null, null);
    } catch (ApiException refused) {
      problem = ProblemDetails.fromJson(refused.getResponseBody()).getCode();
    }
    System.out.printf(
        "{\"created\":%b,\"filtered\":%d,\"infinity\":%b,\"paged\":%d,\"problem\":\"%s\"}%n",
        created, filtered, metrics.contains("\"Infinity\""), paged, problem);
    System.exit(0); // the pool of connections would keep the process
  }
}
