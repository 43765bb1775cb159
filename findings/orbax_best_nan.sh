#!/usr/bin/env bash
# orbax-checkpoint 0.12.8 (PyPI), CheckpointManager with best_fn, best_mode and max_to_keep; jax 0.10.2.
#
# Behaviour: a checkpoint whose metric is NaN counts as the best, for best_mode "min" and "max" alike, where it is the newest:
# with max_to_keep=1 the losses 1.0, 0.5, 0.7, NaN leave the last checkpoint alone, and best_step() names it. A NaN amid the
# others breaks the order: of 0.5, NaN, 1.0, 2.0 the checkpoint of 1.0 is kept as the least. The better ones are deleted.
# Infinite losses are ordered rightly.
# Expected: that NaN is the worst of all, or that saving refuses it: a run that diverges must not delete its good checkpoints.
# For whom: whoever keeps the best checkpoints of a recurrent network by its loss, which is NaN once the gradient has exploded.
# Remedy: best_fn=lambda metrics: numpy.nan_to_num(metrics["loss"], nan=numpy.inf) for "min", and nan=-numpy.inf for "max".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet orbax-checkpoint==0.12.8 jax==0.10.2
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import math, tempfile
from importlib.metadata import version
import numpy as np
import orbax.checkpoint as ocp

nan, inf = math.nan, math.inf

def keep(losses, mode, best_fn):
    """Steps that are left, and the one that is called best, where one checkpoint is kept."""
    options = ocp.CheckpointManagerOptions(max_to_keep=1, best_fn=best_fn, best_mode=mode)
    with ocp.CheckpointManager(tempfile.mkdtemp(), options=options) as manager:
        for step, loss in enumerate(losses):
            weights = {"w": np.array([float(step)])}
            manager.save(step, args=ocp.args.StandardSave(weights), metrics={"loss": loss})
        manager.wait_until_finished()
        return manager.all_steps(), manager.best_step()

plain = lambda metrics: metrics["loss"]
last = lambda worst: lambda metrics: float(np.nan_to_num(metrics["loss"], nan=worst))
cases = [  # losses, mode, best_fn, the step that is kept
    ([1.0, 0.5, 0.7, nan], "min", plain, 3),
    ([1.0, 0.5, 0.7, nan], "max", plain, 3),
    ([0.5, nan, 1.0, 2.0], "min", plain, 2),
    ([1.0, inf, 0.5, 0.7], "min", plain, 2),
    ([1.0, 0.5, 0.7, nan], "min", last(inf), 1),
    ([1.0, 0.5, 0.7, nan], "max", last(-inf), 0),
    ([0.5, nan, 1.0, 2.0], "min", last(inf), 0),
]
for losses, mode, best_fn, step in cases:
    got = keep(losses, mode, best_fn)
    print(losses, mode, "as given" if best_fn is plain else "NaN as the worst", "keeps", got)
    assert got == ([step], step), got
print(f"orbax-checkpoint {version('orbax-checkpoint')}: {len(cases)} runs as described")
PYTHON
