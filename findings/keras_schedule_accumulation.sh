#!/usr/bin/env bash
# keras 3.15.1 (PyPI), optimizers with gradient_accumulation_steps=N and a learning-rate schedule; backend jax 0.10.2.
#
# Behaviour: the schedule is asked at the number of batches, not of updates: with N = 4 it runs four times as fast, and a decay
# planned over 100 updates is over after 25. optimizer.iterations counts updates all the same, and Adam's bias correction too.
# Expected: one step of the schedule an update, so that N small batches are the same as one large batch; optax.MultiSteps
# counts so. The docstring of gradient_accumulation_steps speaks of gradients and variables only.
# For whom: whoever accumulates gradients to reach a larger batch with the schedule of the paper. Remedy: stretch the schedule
# by N, or set optimizer.learning_rate from optimizer.iterations in a callback.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2 optax==0.2.8
KERAS_BACKEND=jax venv/bin/python - <<'PYTHON'
import jax.numpy as jnp, keras, numpy as np, optax

UPDATES = 8

def rates_of_keras(steps):
    """The learning rate of each update: what SGD takes off a weight whose gradient is 1."""
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, UPDATES, 0.0)
    weight = keras.Variable(jnp.zeros(1))
    optimizer = keras.optimizers.SGD(schedule, gradient_accumulation_steps=steps if steps > 1 else None)
    optimizer.build([weight])
    values = [0.0]
    for _ in range(UPDATES):
        for _ in range(steps):
            optimizer.apply([jnp.ones(1)], [weight])
        values.append(float(weight.value[0]))
    assert int(optimizer.iterations) == UPDATES
    return -np.diff(values)

def rates_of_optax(steps):
    optimizer = optax.MultiSteps(optax.sgd(optax.linear_schedule(1.0, 0.0, UPDATES)), steps)
    state, rates = optimizer.init(jnp.zeros(1)), []
    for _ in range(UPDATES):
        for _ in range(steps):
            update, state = optimizer.update(jnp.ones(1), state)
        rates.append(-float(update[0]))
    return np.array(rates)

once = np.linspace(1, 0, UPDATES, endpoint=False)
looked = 0
for steps in (1, 2, 4):
    keras_rates, optax_rates = rates_of_keras(steps), rates_of_optax(steps)
    print(steps, "batches an update: keras", keras_rates.round(3), "optax", optax_rates.round(3))
    batches = np.arange(UPDATES) * steps + steps - 1
    np.testing.assert_allclose(keras_rates, np.maximum(0, 1 - batches / UPDATES), atol=1e-6)
    np.testing.assert_allclose(optax_rates, once, atol=1e-6)
    looked += len(keras_rates) + len(optax_rates)
assert np.abs(rates_of_keras(4) - once).max() > 0.5
print(f"keras {keras.__version__}: {looked} updates as described")
PYTHON
