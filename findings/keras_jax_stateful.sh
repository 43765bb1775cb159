#!/usr/bin/env bash
# keras 3.15.1 (PyPI) with the backend jax 0.10.2, recurrent layers with stateful=True.
#
# Behaviour: fit, evaluate, predict and train_on_batch start each batch from a state of zeros, and the layer's state is zeros
# afterwards: stateful does nothing there, run_eagerly or not. Calling the model itself carries the state, and predict then
# starts each of its batches from that. The states are missing in model.non_trainable_variables, which is all that these
# methods pass on from batch to batch. On the backends TensorFlow and PyTorch the same predict carries the state (not run here).
# Expected: "the last state for each sample at index i in a batch will be used as initial state for the sample of index i in
# the following batch" (docstring of stateful, for every backend).
# For whom: whoever trains or answers on long series cut into windows: truncated backpropagation through time becomes
# training on separate windows, without an error. Remedy: call the model or the layer in a loop of one's own, or pass
# initial_state and return_state=True.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2
KERAS_BACKEND=jax venv/bin/python - <<'PYTHON'
import keras, numpy as np

BATCHES = 3
keras.utils.set_random_seed(0)
x = np.tile([[[0.1, 0.2], [0.3, 0.1]]], (BATCHES, 1, 1)).astype("float32")  # the same window in each batch of one row
target = np.zeros((1, 2), "float32")

looked = 0
for cell in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN):
    for eagerly in (False, True):
        layer = cell(2, stateful=True)
        model = keras.Sequential([keras.Input(batch_shape=(1, 2, 2)), layer])
        model.compile("sgd", "mse", run_eagerly=eagerly)
        model.optimizer.learning_rate = 0.0

        predicted = model.predict(x, batch_size=1, verbose=0)
        losses = [model.train_on_batch(x[:1], target) for _ in range(BATCHES)]
        model.fit(x, np.zeros((BATCHES, 2)), batch_size=1, shuffle=False, verbose=0)
        state = np.asarray(layer.states[0])
        called = np.concatenate([np.asarray(model(x[:1])) for _ in range(BATCHES)])
        print(cell.__name__, "predict", predicted[:, 0].round(3), "calls", called[:, 0].round(3), "state after fit", state[0])
        assert np.ptp(predicted, axis=0).max() < 1e-6, predicted
        assert np.ptp(np.array(losses, dtype=float)) < 1e-6, losses
        assert not state.any(), state
        assert np.allclose(called[0], predicted[0], atol=1e-6) and np.ptp(called, axis=0).max() > 1e-3, called
        looked += 4
print(f"keras {keras.__version__}: {looked} states as described")
PYTHON
