"""Writes spectra/: the diagonal of R at every step back through each layer of every many-to-many network in stack/, in float64.

    python generate_spectra.py FOLDER     (FOLDER holds stack/, such as test/golden)

The Jacobian of each step of each row is PyTorch's autograd of the equations of README.md, what enters the layer held fixed; its
transpose moves k directions from the last step to the first, and numpy.linalg.qr (Householder) orthonormalises them at every step.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch

from generate_itemised import jacobian_of, layers_of, tensor

K = 3
root = Path(sys.argv[1])


def qr(directions):
    """Q with a positive diagonal of R, and that diagonal; directions are the columns."""
    q, r = np.linalg.qr(directions)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    return q * signs, np.abs(np.diag(r))


def lengths_of(d, p, inputs, before, start):
    """[T][N][k] of a layer: inputs by step, and its states before each step."""
    N, T = d["sizes"]["N"], d["sizes"]["T"]
    found = np.ones((T, N, start.shape[0]))
    for n in range(N):
        q, _ = qr(start.T)
        for t in reversed(range(d["lengths"][n])):
            jacobian = jacobian_of(d["cell"], p, inputs[t][n], [s[n] for s in before[t]]).numpy()
            q, found[t, n] = qr(jacobian.T @ q)
    return found


def spectra(d, draw):
    layers = []
    for p, inputs, before in layers_of(d, {k: tensor(v) for k, v in d["params"].items()}):
        size = sum(s.shape[1] for s in before[0])
        start = draw.standard_normal((min(K, size), size)).astype(np.float32).astype(np.float64)
        layers.append({"start": start.tolist(), "lengths": lengths_of(d, p, inputs, before, start).tolist()})
    return layers


(root / "spectra").mkdir(exist_ok=True)
names = sorted((root / "stack").glob("*_many_to_many*.json"))
for seed, path in enumerate(names):
    d = json.loads(path.read_text())
    source = f"torch {torch.__version__} jacobian, numpy {np.__version__} qr"
    found = {"kind": "spectra", "name": d["name"], "source": source, "layers": spectra(d, np.random.default_rng(seed))}
    (root / "spectra" / path.name).write_text(json.dumps(found) + "\n")
print(f"{len(names)} files")
assert names
