#!/usr/bin/env bash
# optax 0.2.8 with jax 0.10.2 (PyPI), clip_by_global_norm, on gradients in float16 and float32.
#
# Behaviour: four gradients of 300 in float16 have the norm 600, which float16 holds, but optax.global_norm is inf: the squares are
# summed in float16, whose largest number is 65504. clip_by_global_norm(1) then multiplies by 1/inf: the update is 0 for every
# parameter, no NaN is seen, and the run stands still. It begins at a norm of 256. In float32 the same happens from 1.8e19.
# Expected: the update [0.5, 0.5, 0.5, 0.5]: norm and update fit into the type. The page of the function does not tell of a range.
# For whom: whoever trains in half precision, where clipping is to save a step with large gradients and takes it away.
# Remedy: gradients in float32 before they are clipped, or the largest magnitude divided out first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet optax==0.2.8 jax==0.10.2 jaxlib==0.10.2
JAX_PLATFORMS=cpu venv/bin/python - <<'PYTHON'
import jax.numpy as jnp, numpy as np, optax

def clipped(values, dtype):
    gradient = {"w": jnp.asarray(values, dtype)}
    clip = optax.clip_by_global_norm(1.0)
    update, _ = clip.update(gradient, clip.init(gradient))
    return float(optax.global_norm(gradient)), np.asarray(update["w"], np.float64)

seen = 0
for dtype, size, stands in [("float16", 120, False), ("float16", 130, True), ("float16", 300, True), ("float32", 300, False),
                            ("float32", 1e18, False), ("float32", 1e20, True)]:
    norm, update = clipped([size] * 4, dtype)
    print(f"{dtype}, four gradients of {size:g}: norm {norm:g} (true {2 * size:g}), clipped to {update}")
    assert np.isinf(norm) == stands and (update == 0).all() == stands, (norm, update)
    assert stands or np.allclose(update, 0.5, rtol=1e-2)
    seen += 1
print(f"optax {optax.__version__}: {seen} gradients as described")
PYTHON
