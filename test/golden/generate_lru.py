"""Writes cells/lru_*: the linear recurrent unit (Orvieto et al. 2023) and its gradients, by PyTorch's autograd over complex128.

    python generate_lru.py FOLDER     (such as test/golden)

The recurrence is one step after the other in PyTorch. JAX computes the same numbers as the source does: all states by
`jax.lax.associative_scan`, and the gradients through it; both agree to 1e-12, or nothing is written.
"""
import json
import os
import sys
import zlib
from pathlib import Path

os.environ.update(JAX_PLATFORMS="cpu", JAX_ENABLE_X64="1")
import jax
import jax.numpy as jnp
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
root = Path(sys.argv[1])
N, X, H = 2, 3, 5
ACTIVATIONS = {"identity": (lambda a: a, lambda a: a), "tanh": (torch.tanh, jnp.tanh)}
tensor = lambda a: {"shape": list(np.shape(a)), "data": np.asarray(a).reshape(-1).tolist()}
norms = lambda a: np.sqrt((np.abs(a) ** 2).sum((1, 2))).tolist()


def draw(rng):
    p = {f"{k}{g}": rng.uniform(-0.8, 0.8, (H, X) if k == "W" else H) for g in "rid" for k in "Wb"}
    p["nu"] = np.log(-np.log(rng.uniform(0.4, 0.99, H)))
    p["theta"] = np.log(rng.uniform(0.05, 3, H))
    p["gamma"] = np.log(rng.uniform(0.2, 1.2, H))
    return {**p, "Cr": rng.uniform(-0.8, 0.8, (H, H)), "Ci": rng.uniform(-0.8, 0.8, (H, H))}


def by_torch(f, p, x, r0, i0, dh):
    q = {k: torch.tensor(v, requires_grad=True) for k, v in p.items()}
    xt, rt, it = (torch.tensor(v, requires_grad=True) for v in (x, r0, i0))
    eigenvalue = torch.polar(torch.exp(-torch.exp(q["nu"])), torch.exp(q["theta"]))
    B, b = torch.complex(q["Wr"], q["Wi"]), torch.complex(q["br"], q["bi"])
    C = torch.complex(q["Cr"], q["Ci"])
    s, states, outputs = torch.complex(rt, it), [], []
    for t in range(len(x)):
        s = eigenvalue * s + torch.exp(q["gamma"]) * (xt[t].to(B.dtype) @ B.T + b)
        s.retain_grad()
        h = f((s @ C.T).real + xt[t] @ q["Wd"].T + q["bd"])
        h.retain_grad()
        states.append(s)
        outputs.append(h)
    (torch.stack(outputs) * torch.tensor(dh)).sum().backward()
    stack = lambda parts: torch.stack(parts).detach().numpy()
    grads = lambda parts: np.stack([v.grad.numpy() for v in parts])
    return {"h": stack(outputs), "s": stack(states), "hGrad": grads(outputs), "sGrad": grads(states), "dx": xt.grad.numpy(), "dr0": rt.grad.numpy(),
            "di0": it.grad.numpy(), **{f"d{k}": v.grad.numpy() for k, v in q.items()}}


def by_jax(f, p, x, r0, i0, dh):
    def run(v):
        p, T = v["p"], len(x)
        eigenvalue = jnp.exp(-jnp.exp(p["nu"]) + 1j * jnp.exp(p["theta"]))
        drive = jnp.exp(p["gamma"]) * (v["x"] @ (p["Wr"] + 1j * p["Wi"]).T + p["br"] + 1j * p["bi"]) + v["er"] + 1j * v["ei"]
        drive = drive.at[0].add(eigenvalue * (v["r0"] + 1j * v["i0"]))
        join = lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1])
        _, s = jax.lax.associative_scan(join, (jnp.broadcast_to(eigenvalue, drive.shape), drive))
        h = f((s @ (p["Cr"] + 1j * p["Ci"]).T).real + v["x"] @ p["Wd"].T + p["bd"])
        return (h * dh).sum(), (h, s)
    z = np.zeros_like(dh)
    v = jax.tree.map(jnp.asarray, {"p": p, "x": x, "r0": r0, "i0": i0, "er": z, "ei": z})
    (_, (h, s)), g = jax.value_and_grad(run, has_aux=True)(v)
    return {"h": h, "s": s, "hGrad": dh, "sGrad": g["er"] + 1j * g["ei"], "dx": g["x"], "dr0": g["r0"], "di0": g["i0"], **{f"d{k}": w for k, w in g["p"].items()}}


worst, files = 0.0, []
for activation, (of_torch, of_jax) in ACTIVATIONS.items():
    for seed in (11, 12):
        for T in (1, 3, 7):
            name = f"lru_{activation}_T{T}_s{seed}"
            rng = np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))
            p, x = draw(rng), rng.normal(size=(T, N, X))
            h0, r0, i0 = rng.uniform(-0.9, 0.9, (N, H)), rng.uniform(-1.2, 1.2, (N, H)), rng.uniform(-1.2, 1.2, (N, H))
            dh = rng.normal(size=(T, N, H))
            probe = np.zeros_like(dh)
            probe[-1] = dh[-1]
            runs = []
            for injected in (dh, probe):
                ours, theirs = by_torch(of_torch, p, x, r0, i0, injected), by_jax(of_jax, p, x, r0, i0, injected)
                for k, v in ours.items():
                    worst = max(worst, float(np.abs(v - np.asarray(theirs[k])).max() / max(1, np.abs(v).max())))
                runs.append(ours)
            assert worst < 1e-12, (name, worst)
            r, rp = runs
            expected = {"loss": float((r["h"] * dh).sum()), "h": tensor(r["h"]), "r": tensor(r["s"].real), "i": tensor(r["s"].imag),
                        "dParams": {k: tensor(r[f"d{k}"]) for k in p}, "dx": tensor(r["dx"]), "dh0": tensor(np.zeros((N, H))), "dr0": tensor(r["dr0"]), "di0": tensor(r["di0"]),
                        "hGradNorm": norms(r["sGrad"]), "probeHGradNorm": norms(rp["sGrad"])}
            case = {"kind": "cell", "name": name, "cell": "lru", "activation": activation, "seed": seed, "sizes": {"T": T, "N": N, "X": X, "H": H},
                    "crossChecked": ["torch autograd", "jax.lax.associative_scan"], "params": {k: tensor(v) for k, v in p.items()}, "x": tensor(x),
                    "h0": tensor(h0), "r0": tensor(r0), "i0": tensor(i0), "dh": tensor(dh), "expected": expected}
            (root / "cells" / f"{name}.json").write_text(json.dumps(case) + "\n")
            files.append(f"cells/{name}.json")
print(f"{len(files)} files, torch against JAX {worst:.2g}")
