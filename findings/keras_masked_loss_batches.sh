#!/usr/bin/env bash
# keras 3.15.1 (PyPI), losses and metrics of sequences of unequal lengths (Masking or an Embedding with mask_zero); jax 0.10.2.
#
# Behaviour: the loss that evaluate() and fit() report depends on the batch size. Within a batch it is the mean over the
# steps that are not masked; over batches it is the mean of these means, each weighted by its rows. A row of 4 steps with
# loss 1 and a row of 1 step with loss 9 give 2.6 in one batch and 5.0 in two. Metrics such as "mse" count steps: 2.6 always.
# Expected: one number for the same model and data, the mean over the steps, as the metric of the same name gives it. The
# guide on masking says that the loss is masked, not how batches are added up.
# For whom: whoever reports the loss or perplexity of a language model or tagger, compares runs of other batch sizes, or buckets
# by length: short sequences weigh more. Remedy: report metrics=["mse"] or a metric of the loss in place of the loss.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2
KERAS_BACKEND=jax venv/bin/python - <<'PYTHON'
import keras, numpy as np
from keras import layers

inputs = keras.Input((4, 2))
model = keras.Model(inputs, layers.Dense(1, kernel_initializer="zeros", use_bias=False)(layers.Masking()(inputs)))
model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mse"])

x = np.ones((4, 4, 2), "float32")
x[1::2, 1:] = 0  # rows 2 and 4 have one step only
y = np.ones((4, 4, 1), "float32")
y[1::2, 0] = 3  # their loss is 9, that of the others' steps 1; what is masked would have 1
mean = (8 * 1 + 2 * 9) / 10

looked = 0
for size, known in ((4, mean), (2, mean), (1, (1 + 9) / 2)):
    loss, metric = model.evaluate(x, y, batch_size=size, verbose=0)
    history = model.fit(x, y, batch_size=size, shuffle=False, verbose=0).history
    print(f"batches of {size} rows: loss {loss:.4f} (fit {history['loss'][0]:.4f}), metric mse {metric:.4f}")
    assert np.allclose([loss, history["loss"][0]], known, atol=1e-5), (loss, history)
    assert np.isclose(metric, mean, atol=1e-5), metric
    looked += 3
order = [0, 2, 1, 3]
loss, _ = model.evaluate(x[order], y[order], batch_size=2, verbose=0)
print(f"batches of 2 rows, sorted by length: loss {loss:.4f}")
assert np.isclose(loss, 5, atol=1e-5), loss
print(f"keras {keras.__version__}: {looked + 1} numbers as described")
PYTHON
