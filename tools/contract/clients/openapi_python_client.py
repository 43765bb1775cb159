import json
import sys

from unroll_client import Client
from unroll_client.api.jobs import create_job, list_jobs
from unroll_client.api.metrics import get_job_metrics
from unroll_client.models import JobSpecInput, ListJobsMetadata

_, url, seeded, team = sys.argv
client = Client(base_url=url)


def spec(length):
    body = {"model": {"cell": "rnn"}, "data": {"task": "adding"}, "sequence_length": length, "metadata": {"team": team}}
    return JobSpecInput.from_dict(body)


made = create_job.sync(client=client, body=spec(10))
# It knows no deepObject: fields of an object become parameters of their own names.
listed = list_jobs.sync(client=client, metadata=ListJobsMetadata.from_dict({"metadata[team]": team}))
metrics = get_job_metrics.sync(seeded, client=client)
paged, after = 0, None
while True:
    page = list_jobs.sync(client=client, limit=2, **({"after": after} if after else {}))
    paged += len(page.data)
    after = page.next_
    if after is None:
        break
refused = create_job.sync(client=client, body=spec(0))
print(
    json.dumps(
        {
            "created": made.id.startswith("job_"),
            "filtered": len(listed.data),
            "infinity": "Infinity" in metrics.series.additional_properties["grad_norm"],
            "paged": paged,
            "problem": refused.code,
        }
    )
)
