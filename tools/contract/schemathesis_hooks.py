"""What schemathesis cannot find in the document: the changes that a retry may ask for, and that the ids of UNROLL_KEPT are not to
be deleted. It also counts every answer, by operation and status, into the file that UNROLL_ANSWERS names."""

import atexit
import json
import os
from collections import Counter

import schemathesis
from hypothesis import strategies as st

answers = Counter()
kept = set(json.loads(os.environ["UNROLL_KEPT"]))

# Fields of a specification, right and wrong, and names that paths and merge patches trip over.
FIELDS = ["model", "data", "sequence_length", "bptt", "clipping", "optimizer", "training", "metadata", "name", "resources"]
ODD = ["", "a/b", "a~b", "~", "/", "/optimizer/learning_rate", "optimizer.learning_rate", "__proto__", "constructor", "é"]
NESTED = ["cell", "task", "policy", "threshold", "type", "learning_rate", "max_steps", "mode", "k1", "k2", "dataset"]
RIGHT = [
    {"training": {"max_steps": 7}},
    {"model": {"cell": "gru"}},
    {"clipping": {"policy": "none"}},
    {"optimizer": {"type": "sgd", "learning_rate": 0.1}},
    {"sequence_length": None},
    {"metadata": {"team": "a", "gone": None}},
]
VALUES = ["lstm", "adding", "norm", "adam", "truncated", "ds_00000000000000000000", 0, 1, -1, 0.5, 1e-300, 2**53, None, True]

names = st.sampled_from(FIELDS + ODD) | st.text(max_size=8)
values = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NESTED + ODD), inner, max_size=3),
    max_leaves=6,
)
retries = st.fixed_dictionaries(
    {"changes": st.sampled_from(RIGHT) | st.dictionaries(names, values, min_size=1, max_size=4)},
    optional={"from_checkpoint": st.just("latest")},
)


@schemathesis.hook.apply_to(operation_id="retryJob")
def flatmap_body(context, body):
    """Has half of the bodies that fit the document change something: its `changes` may be any object."""
    fits = isinstance(body, dict) and set(body) <= {"changes"} and isinstance(body.get("changes", {}), dict)
    return st.just(body) | retries if fits else st.just(body)


@schemathesis.hook.apply_to(operation_id=["deleteJob", "deleteDataset", "revokeKey", "rotateKey"])
def filter_path_parameters(context, path_parameters):
    """Keeps what the settings name, so that it is there for the other operations."""
    return (path_parameters or {}).get("id") not in kept


@schemathesis.hook
def after_call(context, case, response):
    answers[f"{case.operation.definition.raw.get('operationId')} {response.status_code}"] += 1


@schemathesis.hook
def after_network_error(context, case, request):
    answers[f"{case.operation.definition.raw.get('operationId')} unanswered"] += 1


@atexit.register
def tell():
    with open(os.environ["UNROLL_ANSWERS"], "w") as file:
        json.dump(answers, file)
