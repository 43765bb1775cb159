#!/usr/bin/env bash
# optax 0.2.8 (PyPI), contrib.reduce_on_plateau with its defaults (rtol 1e-4); jax 0.10.2.
#
# Behaviour: where the metric is negative a worse value counts as better: value < (1 - rtol)·best, and (1 - rtol)·best lies
# above a negative best. A loss that climbs by 0.0005 a step from -10 never lowers the rate, and best_value climbs with it;
# the same climb from +10 halves the rate. A metric that stands still at -10 counts as better at each step too.
# Expected: a threshold on the side of improvement, (1 - rtol)·best for a positive best and (1 + rtol)·best for a negative one.
# For whom: whoever trains by a log-density, a likelihood in nats of real numbers or a reward with its sign changed. The
# docstring names rtol as the relative tolerance for a new optimum and says nothing of signs.
# Remedy: rtol=0 and atol=1e-4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet optax==0.2.8 jax==0.10.2
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import jax
import jax.numpy as jnp
import optax
from optax.contrib import reduce_on_plateau

def run(first, step, **tolerance):
    """Scale of the rate and the best value after 60 values with a patience of 5."""
    weights = {"w": jnp.zeros(2)}
    plateau = reduce_on_plateau(patience=5, factor=0.5, **tolerance)
    state = plateau.init(weights)
    update = jax.jit(lambda state, value: plateau.update(weights, state, value=value)[1])
    for count in range(60):
        state = update(state, jnp.float32(first + step * count))
    return float(state.scale), float(state.best_value)

absolute = {"rtol": 0.0, "atol": 1e-4}
cases = [  # first value, step, tolerance, whether the rate is lowered, whether the best value is the first
    (10.0, 0.0005, {}, True, True),
    (-10.0, 0.0005, {}, False, False),
    (10.0, 0.0, {}, True, True),
    (-10.0, 0.0, {}, False, True),
    (-10.0, 0.0005, absolute, True, True),
    (-10.0, 0.0, absolute, True, True),
    (-10.0, -0.0005, absolute, False, False),
]
for first, step, tolerance, lowered, is_first in cases:
    scale, best = run(first, step, **tolerance)
    print(f"from {first} by {step}, {tolerance or 'defaults'}: rate × {scale}, best {best}")
    assert (scale < 1, best == first) == (lowered, is_first), (scale, best)
print(f"optax {optax.__version__}: {len(cases)} runs as described")
PYTHON
