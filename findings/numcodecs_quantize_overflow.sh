#!/usr/bin/env bash
# numcodecs 0.16.6 (PyPI), Quantize, on large and finite floats.
#
# Behaviour: with float32 and two decimal digits, 1e37 is kept and 1e38 becomes inf: a value is multiplied by a power of two, rounded
# and divided again, in the type of the array, and the product overflows. The limit is the largest float divided by that power:
# with more digits it is lower. There is a warning of NumPy, no error.
# Expected: that a float without digits behind the point is kept, as rounding it to two of them changes nothing.
# For whom: whoever keeps the norms of a run that explodes: a large number is read back as inf, and the step at which it overflowed is wrong.
# Remedy: BitRound, which keeps a relative precision.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet numcodecs==0.16.6 numpy==2.4.4
venv/bin/python -W ignore - <<'PYTHON'
import numcodecs, numpy as np
from numcodecs import Quantize

seen = 0
for digits, value, kept in [(2, 1e36, True), (2, 1e38, False), (5, 1e33, True), (5, 1e34, False), (5, 1e38, False)]:
    codec = Quantize(digits=digits, dtype="f4")
    array = np.array([value, -value], "f4")
    decoded = np.asarray(codec.decode(codec.encode(array)))
    print(f"{digits} digits, {value:g}: {decoded}")
    assert np.isfinite(decoded).all() == kept and (not kept or (decoded == array).all()), decoded
    seen += 1
print(f"numcodecs {numcodecs.__version__}: {seen} cases as described")
PYTHON
