"""Writes randomised/: the gradients of randomised truncation of two networks in tbptt/, by PyTorch's autograd in float64.

    python generate_randomised.py FOLDER     (FOLDER holds tbptt/, such as test/golden)

One loop over all steps. At each k1-th step the state is cut, `s.detach()`, or passes with its gradient divided by 1 - p (Tallec
and Ollivier 2017). Every pattern of cuts is a draw of its own, and the sum of all, each times its probability, is checked
against the gradient of full backpropagation, `expected.fullBptt`, which JAX has computed.
"""
import itertools
import json
import sys
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
root = Path(sys.argv[1])
tensor = lambda o: torch.tensor(o["data"]).reshape(o["shape"])
P = 0.3


def gradients(d, cuts):
    """Of the loss of all steps, where the gradient is cut at the places that `cuts` says."""
    T, N, k1 = d["sizes"]["T"], d["sizes"]["N"], d["k1"]
    p = {k: tensor(v).requires_grad_() for k, v in d["params"].items()}
    x, h, c, targets = tensor(d["x"]), tensor(d["h0"]), tensor(d["c0"]), tensor(d["targets"]).long()
    loss = torch.zeros(())
    for t in range(T):
        if t > 0 and t % k1 == 0:
            is_cut = cuts[t // k1 - 1]
            pass_on = lambda s: s.detach() if is_cut else s.detach() + (s - s.detach()) / (1 - P)
            h, c = pass_on(h), pass_on(c)
        gate = lambda g: torch.cat([x[t], h], 1) @ p[f"cell.W{g}"].T + p[f"cell.b{g}"]
        zu, zf, zo = (torch.sigmoid(gate(g)) for g in "ufo")
        c = zu * torch.tanh(gate("c")) + zf * c
        h = zo * torch.tanh(c)
        logits = h @ p["readout.Wo"].T + p["readout.bo"]
        loss = loss + torch.nn.functional.cross_entropy(logits, targets[t], reduction="sum") / N
    loss.backward()
    return {k: v.grad for k, v in p.items()}


(root / "randomised").mkdir(exist_ok=True)
for base in ("lstm_softmax_k1-3_k2-6", "lstm_softmax_k1-4_k2-4"):
    d = json.loads((root / "tbptt" / f"{base}.json").read_text())
    draws, mean = [], {}
    for cuts in itertools.product((False, True), repeat=d["sizes"]["T"] // d["k1"] - 1):
        probability = 1.0
        for cut in cuts:
            probability *= P if cut else 1 - P
        g = gradients(d, cuts)
        for k, v in g.items():
            mean[k] = mean.get(k, 0) + probability * v
        sums = {k: {"shape": list(v.shape), "data": v.flatten().tolist()} for k, v in g.items()}
        draws.append({"cuts": cuts, "probability": probability, "sum": sums})
    worst = max((mean[k] - tensor(v)).abs().max().item() for k, v in d["expected"]["fullBptt"].items())
    assert worst < 1e-13, worst
    given = {k: d[k] for k in ("sizes", "k1", "params", "x", "h0", "c0", "targets")}
    out = {"kind": "randomised", "name": base, "loss": "softmax", **given, "truncationProbability": P, "draws": draws, "mean": d["expected"]["fullBptt"]}
    (root / "randomised" / f"{base}.json").write_text(json.dumps(out) + "\n")
    print(f"{base}: {len(draws)} draws, mean against full BPTT {worst:.2g}")
