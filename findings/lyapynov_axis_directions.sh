#!/usr/bin/env bash
# lyapynov 1.0.1 (PyPI), LCE().
#
# Behaviour: the directions begin along the axes. Of a system whose parts do not act on each other they stay there, so that LCE() of p
# exponents gives those of the first p parts, in their order, and not the p largest: of diag(0.5, 0.9, 0.7) one exponent is ln 0.5.
# A coupling of 1e-6 turns the direction; mLCE(), whose direction is drawn, has the largest.
# Expected: the largest p exponents, as of any method that follows p directions of a general position.
# For whom: whoever measures a recurrence with a diagonal Jacobian (IndRNN, minGRU, linear recurrent units).
# Remedy: mLCE() for the largest; LCE() of all exponents, sorted; or directions that are drawn, as ours are (docs/math/lyapunov.md).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lyapynov==1.0.1 numpy==2.2.6

"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from math import log

import lyapynov
import numpy as np

FACTORS = np.array([0.5, 0.9, 0.7])


def system(jacobian):
    return lyapynov.DiscreteDS(np.full(len(jacobian), 1e-3), 0, lambda x, t: jacobian @ x, lambda x, t: jacobian)


diagonal = np.diag(FACTORS)
coupled = diagonal + np.diag([1e-6, 1e-6], 1) + np.diag([1e-6, 1e-6], -1)
expected = sorted(np.log(FACTORS), reverse=True)
one = lyapynov.LCE(system(diagonal), 1, 0, 400, False)
three = lyapynov.LCE(system(diagonal), 3, 0, 400, False)
turned = lyapynov.LCE(system(coupled), 1, 0, 400, False)
largest = lyapynov.mLCE(system(diagonal), 0, 400, False)
print(f"lyapynov {version('lyapynov')}, numpy {np.__version__}: x_t = diag(0.5, 0.9, 0.7) x_(t-1), exponents {np.round(expected, 3)}")
print(f"LCE of 1: {np.round(one, 3)}; of 3: {np.round(three, 3)}")
print(f"LCE of 1 with a coupling of 1e-6: {np.round(turned, 3)}; mLCE: {largest:.3f}")
assert abs(one[0] - log(0.5)) < 1e-6, "LCE of one exponent has changed"
assert np.allclose(three, np.log(FACTORS), atol=1e-6), "LCE of three exponents has changed"
assert abs(largest - log(0.9)) < 0.01, "mLCE has changed"
PYTHON
echo 'LCE of one exponent is ln 0.5, the first, and not ln 0.9, the largest'
