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

from generate_itemised import step, tensor

root = Path(sys.argv[1])


def qr(directions):
    """Q with a positive diagonal of R, and that diagonal; directions are the columns."""
    q, r = torch.linalg.qr(directions)
    diagonal = torch.diag(r)
    return q * torch.sign(diagonal), diagonal.abs()


def exponents_of(d, p, layer, inputs, before):
    start = tensor({"data": sum(layer["start"], []), "shape": [len(layer["start"]), len(layer["start"][0])]})
    widths = [s.shape[1] for s in before[0]]
    rows = []
    for n in range(d["sizes"]["N"]):
        q, _ = qr(start.T)
        logs = []
        for t in reversed(range(d["lengths"][n])):
            x = inputs[t][n : n + 1]
            one = lambda s: torch.cat(step(d["cell"], p, x, tuple(part[None] for part in torch.split(s, widths))), 1)[0]
            whole = torch.cat([s[n] for s in before[t]])
            jacobian = torch.autograd.functional.jacobian(one, whole, create_graph=True)
            q, stretched = qr(jacobian.T @ q)
            assert torch.allclose(stretched, torch.tensor(layer["lengths"][t][n]), rtol=1e-9), (d["name"], n, t)
            logs.append(stretched.log())
        rows.append(torch.stack(logs[len(logs) // 4 :]).mean(0))
    return torch.stack(rows).mean(0)


def floss(d, layers):
    T, L = d["sizes"]["T"], len(d["sizes"]["H"])
    params = {k: tensor(v).double().requires_grad_() for k, v in d["params"].items()}
    first = [d[k] for k in ("h0", "c0") if k in d]
    inputs = [params["embedding"][tensor(d["tokens"]).long()[t]] for t in range(T)]
    squares = torch.zeros(())
    for l in range(L):
        p = {k.split(".")[1]: v for k, v in params.items() if k.startswith(f"layer{l}.")}
        state = tuple(tensor(s[l]).double() for s in first)
        before, outputs = [], []
        for t in range(T):
            before.append(state)
            alive = (t < torch.tensor(d["lengths"]))[:, None]
            state = tuple(torch.where(alive, a, b) for a, b in zip(step(d["cell"], p, inputs[t], state), state))
            outputs.append(state[0])
        squares = squares + (exponents_of(d, p, layers[l], inputs, before) ** 2).sum()
        inputs = outputs
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
