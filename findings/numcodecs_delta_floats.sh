#!/usr/bin/env bash
# numcodecs 0.16.6 with zarr 3.1.6 (PyPI), the filter Delta on float64 and float32.
#
# Behaviour: what is stored comes back changed without an error. Decoding adds up the stored differences, so that one
# Infinity makes all later values of its chunk NaN, 1e20 takes off the values after it (0, 1, 2 for 1, 2, 3), and of 1,000
# ordinary float64 numbers 9 in 10 come back with other last digits. Integers come back exactly.
# Expected: the array that was written, as from every lossless filter; the notes on Delta warn of the overflow of integers
# and say nothing of floats, which are the type of its own example (astype aside).
# For whom: whoever stores losses, norms or sensor series as Zarr with the filter meant for series. Remedy: none of it on
# floats; Shuffle with a compressor, or PCodec.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet numcodecs==0.16.6 zarr==3.1.6 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numcodecs, numpy as np, warnings, zarr

warnings.simplefilter("ignore")
nan = np.nan

def stored(values, dtype):
    array = zarr.create_array("run.zarr", shape=values.shape, chunks=values.shape, dtype=dtype, zarr_format=2,
                              filters=[numcodecs.Delta(dtype)], overwrite=True)
    array[:] = values
    return zarr.open_array("run.zarr", mode="r")[:]

looked = 0
for values, known in (([1, 2, np.inf, 3, 4], [1, 2, np.inf, nan, nan]), ([1, nan, 2, 3], [1, nan, nan, nan]),
                      ([1e20, 1, 2, 3], [1e20, 0, 1, 2]), ([1, 2, 3, 4], [1, 2, 3, 4])):
    got = stored(np.array(values, float), "f8")
    print(values, "comes back as", got.tolist())
    np.testing.assert_array_equal(got, known)
    looked += 1

numbers = np.random.default_rng(0).normal(size=1000)
changed = int((stored(numbers, "f8") != numbers).sum())
error = np.abs(stored(numbers.astype("f4"), "f4") - numbers.astype("f4")).max()
print(f"{changed} of 1000 float64 numbers changed; largest error of float32 {error:.1e}")
assert changed > 800 and error > 1e-7
integers = np.arange(1000) ** 2
np.testing.assert_array_equal(stored(integers, "i8"), integers)
print(f"numcodecs {numcodecs.__version__}: {looked + 3} arrays as described")
PYTHON
