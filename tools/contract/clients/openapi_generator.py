import json
import sys

import openapi_client
from openapi_client import ApiException, JobsApi, JobSpecInput, MetricsApi

_, url, seeded, team = sys.argv
api_client = openapi_client.ApiClient(openapi_client.Configuration(host=url))
jobs = JobsApi(api_client)


def spec(length):
    body = {"model": {"cell": "rnn"}, "data": {"task": "adding"}, "sequence_length": length, "metadata": {"team": team}}
    return JobSpecInput.from_dict(body)


made = jobs.create_job(spec(10))
# Its list_jobs() takes a deepObject of strings for one of objects, and would send it as JSON.
request = api_client.param_serialize("GET", "/v1/jobs", query_params=[("metadata[team]", team)])
answer = api_client.call_api(*request)
answer.read()
listed = api_client.response_deserialize(answer, {"200": "ListJobs200Response"}).data
metrics = MetricsApi(api_client).get_job_metrics(seeded).actual_instance
paged, after = 0, None
while True:
    page = jobs.list_jobs(limit=2, after=after)
    paged += len(page.data)
    after = page.next
    if after is None:
        break
# Its own model refuses a length of 0 already, so the data set is one that is not there.
missing = {"model": {"cell": "rnn"}, "data": {"dataset": "ds_00000000000000000000"}}
try:
    jobs.create_job(JobSpecInput.from_dict(missing))
    problem = None
except ApiException as refused:
    problem = refused.data.code
print(
    json.dumps(
        {
            "created": made.id.startswith("job_"),
            "filtered": len(listed.data),
            "infinity": "Infinity" in [cell and cell.actual_instance for cell in metrics.series["grad_norm"]],
            "paged": paged,
            "problem": problem,
        }
    )
)
