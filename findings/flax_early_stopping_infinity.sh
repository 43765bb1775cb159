#!/usr/bin/env bash
# flax 0.12.8 (PyPI), flax.training.early_stopping.EarlyStopping; jax 0.10.2.
#
# Behaviour: a best metric of -infinity is forgotten at the next step: any finite value counts as an improvement over it and
# becomes the best, as an infinite best is taken for the one that stands at the start. The patience begins again each time.
# Expected: that nothing is less than -infinity, so that training stops after `patience` steps.
# For whom: whoever stops by a logarithm that can be -infinity: the log of an error that is exactly 0 on a synthetic task, a
# log-density that collapses on one point. The docstring says that lower is better.
# Remedy: watch the error itself, or bound it from below before the logarithm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flax==0.12.8 jax==0.10.2
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import math
import flax
from flax.training.early_stopping import EarlyStopping

inf = math.inf

def watch(values):
    """The best value, whether the last one counted as an improvement, and whether training should stop, with a patience of 2."""
    stopping = EarlyStopping(patience=2)
    for value in values:
        stopping = stopping.update(value)
    return stopping.best_metric, stopping.has_improved, stopping.should_stop

cases = [  # values, best, improved, stops
    ([2.0, -inf, 5.0], 5.0, True, False),
    ([2.0, -inf, 5.0, 6.0], 5.0, False, False),
    ([2.0, -inf, 5.0, -inf, 7.0], 7.0, True, False),
    ([2.0, inf, 5.0, 6.0], 2.0, False, True),
    ([2.0, -1e308, 5.0, 6.0, 7.0], -1e308, False, True),
]
for values, *expected in cases:
    got = watch(values)
    print(values, "best", got[0], "improved" if got[1] else "did not improve", "stops" if got[2] else "goes on")
    assert list(got) == expected, got
print(f"flax {flax.__version__}: {len(cases)} runs as described")
PYTHON
