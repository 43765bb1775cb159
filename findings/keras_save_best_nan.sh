#!/usr/bin/env bash
# keras 3.15.1 (PyPI), callbacks ModelCheckpoint(save_best_only=True) and EarlyStopping; backend jax 0.10.2.
#
# Behaviour: where the first epoch gives NaN, nothing is ever better: ModelCheckpoint saves that epoch and none of the later
# ones though the loss falls from 1.0 to 0.2, and EarlyStopping stops after `patience` epochs of improvement and restores the
# weights of the first epoch. The best value is set to NaN, and no number is less than NaN. A NaN in a later epoch is passed
# over, as one would wish.
# Expected: that NaN is the worst of all, as the later epochs have it.
# For whom: whoever keeps the best checkpoint by a metric that can be NaN once: a validation set without one class, a first
# epoch that overflows in half precision and is repaired by loss scaling. The pages of the callbacks do not speak of NaN.
# Remedy: initial_value_threshold=float("inf") for ModelCheckpoint, start_from_epoch=1 for EarlyStopping (baseline does not help).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2
KERAS_BACKEND=jax venv/bin/python - <<'PYTHON'
import keras, math, numpy as np
from keras import callbacks

nan, inf = math.nan, math.inf

def run(values, kind, **options):
    """Weight left by the callback for epochs whose loss is given; in epoch e the one weight of the model is e."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    if kind == "checkpoint":
        best = {"save_best_only": True, "save_weights_only": True}
        callback = callbacks.ModelCheckpoint("best.weights.h5", monitor="loss", **best, **options)
    else:
        callback = callbacks.EarlyStopping(monitor="loss", patience=3, restore_best_weights=True, **options)
    model.stop_training = False
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(values):
        model.set_weights([np.array([[float(epoch)]])])
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": loss})
        if model.stop_training:
            break
    callback.on_train_end()
    if kind == "checkpoint":
        model.load_weights("best.weights.h5")
    return int(model.get_weights()[0][0, 0]), model.stop_training

first, later = [nan, 1.0, 0.5, 0.4, 0.3, 0.2], [1.0, nan, 0.5, 0.4, 0.3, 0.2]
cases = [  # kind, losses, options, epoch whose weights are kept, stopped early
    ("checkpoint", first, {}, 0, False),
    ("checkpoint", later, {}, 5, False),
    ("checkpoint", first, {"initial_value_threshold": inf}, 5, False),
    ("stopping", first, {}, 0, True),
    ("stopping", later, {}, 5, False),
    ("stopping", first, {"baseline": inf}, 0, True),
    ("stopping", first, {"start_from_epoch": 1}, 5, False),
]
for kind, values, options, epoch, stopped in cases:
    got = run(values, kind, **options)
    print(kind, values, options, "keeps epoch", got[0], "stopped early" if got[1] else "ran on")
    assert got == (epoch, stopped), got
print(f"keras {keras.__version__}: {len(cases)} runs as described")
PYTHON
