"""Writes flossing/: the sum of the squares of the exponents of every network in spectra/, and its gradient, by PyTorch in float64.

    python generate_flossing.py FOLDER     (FOLDER holds stack/ and spectra/, such as test/golden)

Everything is autograd's: the Jacobian of each step of each row as a function of the parameters, through the states as well, and
torch.linalg.qr of its transpose times the directions. The exponent is the mean over rows of the mean over their steps but for the
first quarter on the way back. The lengths are checked against spectra/, which numpy.linalg.qr made.
"""
import json
import sys
from pathlib import Path

import torch

from generate_itemised import jacobian_of, layers_of, tensor

root = Path(sys.argv[1])


def qr(directions):
    """Q with a positive diagonal of R, and that diagonal; directions are the columns."""
    q, r = torch.linalg.qr(directions)
    diagonal = torch.diag(r)
    return q * torch.sign(diagonal), diagonal.abs()


def exponents_of(d, p, layer, inputs, before):
    start = tensor({"data": sum(layer["start"], []), "shape": [len(layer["start"]), len(layer["start"][0])]})
    rows = []
    for n in range(d["sizes"]["N"]):
        q, _ = qr(start.T)
        logs = []
        for t in reversed(range(d["lengths"][n])):
            states = [s[n] for s in before[t]]
            jacobian = jacobian_of(d["cell"], p, inputs[t][n], states, create_graph=True)
            q, stretched = qr(jacobian.T @ q)
            assert torch.allclose(stretched, torch.tensor(layer["lengths"][t][n]), rtol=1e-9), (d["name"], n, t)
            logs.append(stretched.log())
        rows.append(torch.stack(logs[len(logs) // 4 :]).mean(0))
    return torch.stack(rows).mean(0)


def floss(d, layers):
    params = {k: tensor(v).double().requires_grad_() for k, v in d["params"].items()}
    squares = torch.zeros(())
    for layer, (p, inputs, before) in zip(layers, layers_of(d, params)):
        squares = squares + (exponents_of(d, p, layer, inputs, before) ** 2).sum()
    gradients = torch.autograd.grad(squares, list(params.values()), allow_unused=True)
    zero = lambda g, v: torch.zeros_like(v) if g is None else g
    made = {k: zero(g, v) for (k, v), g in zip(params.items(), gradients)}
    return squares.item(), {k: {"shape": list(g.shape), "data": g.flatten().tolist()} for k, g in made.items()}


(root / "flossing").mkdir(exist_ok=True)
names = sorted((root / "spectra").glob("*.json"))
for path in names:
    layers = json.loads(path.read_text())["layers"]
    d = json.loads((root / "stack" / path.name).read_text())
    squares, gradients = floss(d, layers)
    found = {"kind": "flossing", "name": d["name"], "source": f"torch {torch.__version__} autograd and linalg.qr"}
    (root / "flossing" / path.name).write_text(json.dumps({**found, "squares": squares, "dParams": gradients}) + "\n")
print(f"{len(names)} files")
assert names
