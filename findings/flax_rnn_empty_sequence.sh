#!/usr/bin/env bash
# flax 0.12.8 (PyPI), nnx.RNN and linen.RNN with seq_lengths and return_carry=True; jax 0.10.2.
#
# Behaviour: for a sequence of length 0 the returned state is that after all padding has been read, not the initial state: the
# state is looked up at length - 1, which is -1, the last step. Lengths from 1 on are right.
# Expected: the initial state, as a scan over no step gives it; the docstring of seq_lengths calls what lies beyond the
# length padding that is ignored.
# For whom: whoever classifies sequences of unequal lengths by the last state, where an empty one can occur (a text without
# known tokens, the empty rest of a window). Remedy: jnp.where(seq_lengths[:, None] == 0, initial, carry).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flax==0.12.8 jax==0.10.2
venv/bin/python - <<'PYTHON'
import flax, jax, jax.numpy as jnp, numpy as np
from flax import linen, nnx

T, I, H = 5, 3, 4
x = jax.random.normal(jax.random.key(0), (T + 1, T, I))
lengths = jnp.arange(T + 1)

def states_of(name):
    if name == "nnx":
        network = nnx.RNN(nnx.GRUCell(I, H, rngs=nnx.Rngs(0)), return_carry=True)
        return lambda x, lengths: network(x, seq_lengths=lengths)[0]
    network = linen.RNN(linen.GRUCell(H), return_carry=True)
    weights = network.init(jax.random.key(0), x)
    return lambda x, lengths: network.apply(weights, x, seq_lengths=lengths)[0]

looked = 0
for name in ("nnx", "linen"):
    states = states_of(name)
    got = states(x, lengths)
    for row, length in enumerate(lengths.tolist()):
        known = states(x[row : row + 1, : length or T], None)[0]
        np.testing.assert_allclose(got[row], known, atol=1e-6)
        looked += 1
    changed = states(x.at[0].multiply(2), lengths)[0]
    assert np.abs(got[0]).max() > 0.01 and np.abs(got[0] - changed).max() > 0.01, (got[0], changed)
    print(name, "state of the empty sequence:", got[0], "with other padding:", changed)
print(f"flax {flax.__version__}: {looked} sequences as described")
PYTHON
