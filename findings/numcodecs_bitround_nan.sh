#!/usr/bin/env bash
# numcodecs 0.16.6 (PyPI), BitRound, the lossy codec for floats in Zarr.
#
# Behaviour: a NaN whose mantissa is all ones is rounded to a number: 0x7fffffff becomes -0.0 and 0xffffffff becomes 0.0. A NaN
# whose set bits are all among those that are cut, 0x7f800001, becomes Infinity. Half of the last kept bit is added to the integer
# that a float is, so that the carry runs through exponent and sign. The NaN that NumPy makes, 0x7fc00000, stays.
# Expected: NaN for NaN, whichever its payload, or an error. The documentation says that the codec drops bits of the mantissa.
# For whom: whoever keeps norms of gradients in Zarr: 0x7fffffff is the canonical NaN of NVIDIA's GPUs (PTX manual), and -0.0 reads
# as a gradient that vanished.
# Remedy: array[isnan(array)] = nan before encoding, which gives all of them one payload.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet numcodecs==0.16.6 numpy==2.4.4
venv/bin/python - <<'PYTHON'
import numcodecs, numpy as np
from numcodecs import BitRound

codec, seen = BitRound(keepbits=10), 0
for bits, became in [(0x7FC00000, "nan"), (0xFFC00000, "nan"), (0x7FFFFFFF, "-0.0"), (0xFFFFFFFF, "0.0"), (0x7F800001, "inf"), (0x3F800001, "1.0")]:
    value = np.array([bits], np.uint32).view(np.float32)
    decoded = np.asarray(codec.decode(codec.encode(value))).view(np.float32)[0]
    print(f"0x{bits:08X} ({value[0]}) becomes {decoded}")
    assert str(decoded) == became, (hex(bits), decoded)
    seen += 1
print(f"numcodecs {numcodecs.__version__}: {seen} floats as described")
PYTHON
