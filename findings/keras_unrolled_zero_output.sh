#!/usr/bin/env bash
# keras 3.15.1 on jax 0.10.2 (PyPI), recurrent layers with zero_output_for_mask=True, unroll=True beside unroll=False.
#
# Behaviour: with unroll=True the flag is not heeded: at a masked step the output is that of the step before, and not 0. With
# unroll=False it is 0. States and the outputs of other steps are equal. The same weights give two answers.
# Expected: equal outputs: the documentation describes unroll as a choice of speed and memory, and the flag as deciding the output.
# For whom: whoever sums or averages outputs over time (pooling, attention) of padded sequences, and unrolls short ones.
# Remedy: the outputs times the mask.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet keras==3.15.1 jax==0.10.2 jaxlib==0.10.2
KERAS_BACKEND=jax JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import keras, numpy as np

x = np.random.RandomState(0).randn(2, 4, 3).astype("float32")
mask = np.array([[True, False, True, False], [True, True, False, False]])
seen = 0
for Layer in (keras.layers.SimpleRNN, keras.layers.GRU, keras.layers.LSTM):
    answers = []
    for unroll in (False, True):
        keras.utils.set_random_seed(1)
        layer = Layer(2, return_sequences=True, return_state=True, unroll=unroll, zero_output_for_mask=True)
        answers.append([np.array(part) for part in layer(x, mask=mask)])
    (looped, *states), (unrolled, *unrolled_states) = answers
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(states, unrolled_states))
    assert np.allclose(looped[mask], unrolled[mask], atol=1e-6)
    print(f"{Layer.__name__}: at masked steps largest output {abs(looped[~mask]).max():g} looped, {abs(unrolled[~mask]).max():g} unrolled")
    assert (looped[~mask] == 0).all() and (unrolled[~mask] != 0).all()
    for row, step in zip(*np.where(~mask)):
        assert np.allclose(unrolled[row, step], unrolled[row, step - 1], atol=1e-6)
        seen += 1
print(f"keras {keras.__version__}: {seen} masked steps as described")
PYTHON
