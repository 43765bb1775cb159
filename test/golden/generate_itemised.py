"""Writes itemised/: A[s,t] = ||dL_s/dh_t|| of every many-to-many network in stack/, by PyTorch's autograd in float64.

    python generate_itemised.py FOLDER     (FOLDER holds stack/, such as test/golden)

L_s is the share of step s in the mean loss over all targets. The loss of each network is checked against `expected.loss`, and
the sum over s against the norms of the whole gradient, `expected.hGradNorm`.
"""
import json
import sys
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
tensor = lambda o: torch.tensor(o["data"]).reshape(o["shape"])


def step(cell, p, x, state):
    """The states after one step: equations of README.md."""
    h = state[0]
    gate = lambda g, *parts: torch.cat(parts, 1) @ p["W" + g].T + p["b" + g]
    if cell == "rnn":
        return (torch.tanh(gate("h", x, h)),)
    if cell == "gru":
        zu, zr = torch.sigmoid(gate("u", x, h)), torch.sigmoid(gate("r", x, h))
        return (zu * torch.tanh(gate("c", x, zr * h)) + (1 - zu) * h,)
    zu, zf, zo = (torch.sigmoid(gate(g, x, h)) for g in "ufo")
    c = zu * torch.tanh(gate("c", x, h)) + zf * state[1]
    return (zo * torch.tanh(c), c)


def layers_of(d, params):
    """Yields of each layer its parameters, what enters it at each step, and its states before each step."""
    T, L = d["sizes"]["T"], len(d["sizes"]["H"])
    first = [d[k] for k in ("h0", "c0") if k in d]
    inputs = [params["embedding"][tensor(d["tokens"]).long()[t]] for t in range(T)]
    for l in range(L):
        p = {k.split(".")[1]: v for k, v in params.items() if k.startswith(f"layer{l}.")}
        state = tuple(tensor(s[l]).double() for s in first)
        before, outputs = [], []
        for t in range(T):
            before.append(state)
            alive = (t < torch.tensor(d["lengths"]))[:, None]
            state = tuple(torch.where(alive, a, b) for a, b in zip(step(d["cell"], p, inputs[t], state), state))
            outputs.append(state[0])
        yield p, inputs, before
        inputs = outputs


def jacobian_of(cell, p, x, states, **options):
    """Of a step of one row: of all its states after the step with respect to those before it."""
    widths = [len(s) for s in states]
    one = lambda s: torch.cat(step(cell, p, x[None], tuple(part[None] for part in torch.split(s, widths))), 1)[0]
    return torch.autograd.functional.jacobian(one, torch.cat(states), **options)


def itemise(d):
    N, T, L = d["sizes"]["N"], d["sizes"]["T"], len(d["sizes"]["H"])
    params = {k: tensor(v) for k, v in d["params"].items()}
    layers = [{k.split(".")[1]: v for k, v in params.items() if k.startswith(f"layer{l}.")} for l in range(L)]
    first = [d[k] for k in ("h0", "c0") if k in d]
    states = [tuple(tensor(s[l]) for s in first) for l in range(L)]
    tokens, targets = (tensor(d[k]).long() for k in ("tokens", "targets"))
    lengths = torch.tensor(d["lengths"])
    hs, losses = [[] for _ in range(L)], []
    count = int(lengths.sum())
    for t in range(T):
        alive = (t < lengths)[:, None]
        x = params["embedding"][tokens[t]]
        for l in range(L):
            new = step(d["cell"], layers[l], x, states[l])
            states[l] = tuple(torch.where(alive, a, b) for a, b in zip(new, states[l]))
            h = states[l][0].requires_grad_() if t == 0 else states[l][0]
            hs[l].append(h)
            x = h
            states[l] = (h, *states[l][1:])
        logits = x @ params["readout.Wo"].T + params["readout.bo"]
        nll = torch.nn.functional.cross_entropy(logits, targets[t].clamp(min=0), reduction="none")
        losses.append(torch.where(alive[:, 0], nll, torch.zeros(())).sum() / count)
    assert abs(sum(losses).item() - d["expected"]["loss"]) < 1e-12, d["name"]
    every = [h for layer in hs for h in layer]
    # The gradient of a state that stays after the end of its row is that of a later step in our convention: 0 behind the end.
    grads = [torch.autograd.grad(loss, every, retain_graph=True, allow_unused=True) for loss in losses]
    alive = [(t < lengths)[:, None] for t in range(T)]
    zero = lambda g, i: torch.zeros_like(every[i]) if g is None else torch.where(alive[i % T], g, torch.zeros(()))
    grads = [[zero(g, i) for i, g in enumerate(row)] for row in grads]
    for l in range(L):
        for t in range(T):
            total = sum(row[l * T + t] for row in grads).norm().item()
            assert abs(total - d["expected"]["hGradNorm"][l][t]) < 1e-12, (d["name"], l, t)
    return [[[row[l * T + t].norm().item() for t in range(T)] for row in grads] for l in range(L)]


def main():
    root = Path(sys.argv[1])
    (root / "itemised").mkdir(exist_ok=True)
    names = sorted((root / "stack").glob("*_many_to_many*.json"))
    for path in names:
        d = json.loads(path.read_text())
        found = {"kind": "itemised", "name": d["name"], "source": f"torch {torch.__version__} autograd", "matrix": itemise(d)}
        (root / "itemised" / path.name).write_text(json.dumps(found) + "\n")
    print(f"{len(names)} files")
    assert names


if __name__ == "__main__":
    main()
