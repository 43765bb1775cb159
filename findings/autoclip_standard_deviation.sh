#!/usr/bin/env bash
# autoclip 0.2.1 (PyPI), its clippers for torch 2.15.0.
#
# Behaviour: StandardClip makes the second gradient of every run NaN, and those of a steady run 0 from the third step on. Its threshold is
# `deviations` times the standard deviation of the norms before, without their mean: of one norm the deviation is NaN, and of equal ones it
# is 0, so that the steadier the norms are, the smaller is what is left. QuantileClip keeps the norm of a gradient that is not finite in
# its history: after one NaN, gradients are NaN until `history_length` more have passed (1,000 unless set), though the step with the NaN
# was skipped; after one Inf, they are NaN as long as the quantile falls beside it. Its history has the norms before the present one
# alone, its default is the quantile 0.9, and each tensor has a threshold of its own unless `global_threshold` is set; the paper has the
# norm of all tensors, the present one among the history, and the tenth percentile (Seetharaman et al. 2020, algorithm 1).
# Expected: a threshold of mean plus deviations, as the name z-score has it; a history of finite norms.
# For whom: whoever takes a policy of clipping from this package, or holds a run with it against the paper.
# Remedy: the algorithm of the paper is ten lines; or QuantileClip with `global_threshold=True` and no call of `step` where a norm is not
# finite.
# Takes several GB: the wheels of torch for Linux bring CUDA.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 numpy==2.4.6 autoclip==0.2.1
venv/bin/python - <<'PYTHON'
import math

import torch
from autoclip.torch import QuantileClip, StandardClip


def run(clipper, norms, **options):
    """The norms of a gradient after each step."""
    weight = torch.nn.Parameter(torch.zeros(1))
    clip = clipper([weight], **options)
    left = []
    for norm in norms:
        weight.grad = torch.tensor([norm])
        clip.step()
        left.append(float(weight.grad.norm()))
    return left


def same(got, wanted):
    return all(math.isnan(a) if math.isnan(b) else abs(a - b) < 1e-4 for a, b in zip(got, wanted, strict=True))


nan, inf = math.nan, math.inf
cases = [  # what, clipper, norms before, options, norms after
    ('steady norms', StandardClip, [1.0] * 5, {}, [1, nan, 0, 0, 0]),
    ('norms of 9 to 11', StandardClip, [9.0, 11.0, 9.0, 11.0, 10.0], {}, [9, nan, 2 * 2**0.5, 2 * (4 / 3) ** 0.5, 2 * (4 / 3) ** 0.5]),
    ('steady norms', QuantileClip, [1.0] * 5, {}, [1] * 5),
    ('a NaN, history of 4', QuantileClip, [1.0, nan] + [1.0] * 6, {'history_length': 4}, [1] + [nan] * 5 + [1] * 2),
    ('an Inf, history of 4', QuantileClip, [1.0, inf] + [1.0] * 6, {'history_length': 4}, [1] + [nan] * 5 + [1] * 2),
    ('an Inf of 1,000', QuantileClip, [1.0, inf] + [1.0] * 30, {}, [1] + [nan] * 5 + [1] * 26),
]
for what, clipper, norms, options, wanted in cases:
    left = run(clipper, norms, **options)
    print(f'{clipper.__name__}, {what}: {[round(x, 3) for x in left[:10]]}, {sum(map(math.isnan, left))} of {len(left)} are NaN')
    assert same(left, wanted), (left, wanted)
print(f'{len(cases)} runs as described')
PYTHON
