"""Writes clip_runs/: 40 updates that are clipped by what earlier ones have shown, in float64.

    python generate_clip_runs.py FOLDER ZCLIP     (ZCLIP is zclip/zclip.py of bluorion-com/ZClip; used: commit 584ce4f)

zclip: that file itself. autoclip: np.percentile of all norms so far, this one included, and torch's clip_grad_norm_ (algorithm
1 of Seetharaman et al. 2020).
"""
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
root = Path(sys.argv[1]) / "clip_runs"
spec = importlib.util.spec_from_file_location("zclip", sys.argv[2])
zclip = importlib.util.module_from_spec(spec)
spec.loader.exec_module(zclip)
SHAPES = {"W": (2, 3), "b": (3,)}
STEPS = 40


def draw(seed):
    """Gradients whose norms wander, with a spike every few steps."""
    rng = np.random.default_rng(seed)
    for step in range(STEPS):
        size = np.exp(0.2 * rng.normal()) * (30 if step % 9 == 7 else 3 if step % 5 == 4 else 1)
        yield {k: size * rng.normal(size=s) for k, s in SHAPES.items()}


def clip_zscore(max_norm):
    own = zclip.ZClip(alpha=0.97, z_thresh=2.5, max_grad_norm=max_norm, warmup_steps=6)
    return own.step


def clip_percentile(p):
    norms = []

    def step(model):
        norms.append(float(torch.sqrt(sum(q.grad.square().sum() for q in model.parameters()))))
        torch.nn.utils.clip_grad_norm_(model.parameters(), float(np.percentile(norms, p)))

    return step


def run(clip):
    model = torch.nn.ParameterDict({k: torch.nn.Parameter(torch.zeros(s)) for k, s in SHAPES.items()})
    steps = []
    for grads in draw(5):
        for k, g in grads.items():
            model[k].grad = torch.tensor(g)
        clip(model)
        pack = lambda a: {"shape": list(a.shape), "data": a.flatten().tolist()}
        steps.append({"grads": {k: pack(g) for k, g in grads.items()}, "clipped": {k: pack(model[k].grad) for k in grads}})
    return steps


z = {"policy": "zscore", "z": 2.5, "alpha": 0.97, "warmup_steps": 6, "nonfinite": "fail"}
p = {"policy": "percentile", "window": STEPS, "nonfinite": "fail"}
RUNS = {
    "zclip": (z, clip_zscore(None)),
    "zclip_max_norm": ({**z, "max_norm": 4.0}, clip_zscore(4.0)),
    "autoclip_p10": ({**p, "percentile": 10}, clip_percentile(10)),
    "autoclip_p75": ({**p, "percentile": 75}, clip_percentile(75)),
}
root.mkdir(exist_ok=True)
for name, (settings, clip) in RUNS.items():
    steps = run(clip)
    changed = sum(step["grads"] != step["clipped"] for step in steps)
    (root / f"{name}.json").write_text(json.dumps({"kind": "clip_run", "name": name, "settings": settings, "steps": steps}) + "\n")
    print(f"{name}: {changed} of {len(steps)} updates clipped")
