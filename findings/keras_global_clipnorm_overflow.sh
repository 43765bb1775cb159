#!/usr/bin/env bash
# keras 3.15.1 on jax 0.10.2 (PyPI), global_clipnorm and clipnorm of an optimizer.
#
# Behaviour: a gradient of finite numbers whose squares overflow, [1e20, 1] in float32, sets every weight to NaN with
# global_clipnorm=1. With clipnorm=1 the same gradient leaves the weights as they are: its norm is inf as well, but is only divided by.
# Neither takes the clipped step, which is [1, 1e-20].
# Expected: the same of both for a model of one weight, whose two norms are one; the documentation describes both as scaling, and
# global_clipnorm does not say that it answers with NaN.
# For whom: whoever turned on clipping against explosions: the first large but finite gradient ends the run, or is lost in silence.
# Remedy: gradients are checked, or scaled down, before apply().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import keras, numpy as np
from keras import ops

def step(gradient, **clipping):
    """The weights [0, 0] after a step of SGD with rate 1."""
    optimizer = keras.optimizers.SGD(1.0, **clipping)
    weight = keras.Variable(np.zeros(2, "float32"))
    optimizer.build([weight])
    optimizer.apply([ops.array(np.array(gradient, "float32"))], [weight])
    return np.array(weight)

seen = 0
for gradient, globally, each in [
    ([3.0, 4.0], [-0.6, -0.8], [-0.6, -0.8]),
    ([1e18, 0.0], [-1.0, 0.0], [-1.0, 0.0]),
    ([1e20, 1.0], [np.nan, np.nan], [0.0, 0.0]),
]:
    found = step(gradient, global_clipnorm=1.0), step(gradient, clipnorm=1.0)
    print(f"gradient {gradient}: weights with global_clipnorm {found[0]}, with clipnorm {found[1]}")
    for got, expected in zip(found, (globally, each)):
        assert np.allclose(got, expected, rtol=1e-5, equal_nan=True), (got, expected)
        seen += 1
print(f"keras {keras.__version__}: {seen} steps as described")
PYTHON
