#!/usr/bin/env bash
# scipy 1.17.1 (PyPI), ndimage.uniform_filter1d() and uniform_filter().
#
# Behaviour: one Infinity or NaN makes every later value of the line NaN, not those whose window holds it; one value of 1e20
# leaves the rest of the line wrong by a constant (0 instead of 4). The means are a running sum, which does not forget.
# gaussian_filter1d, maximum_filter1d and numpy.convolve of the same series are right from the end of the window on.
# Expected: each value depends on the window of `size` values that the documentation names. The page of uniform_filter1d
# gives no condition. For whom: whoever smooths a loss or gradient norm that exploded once; the plot ends at the spike.
# Remedy: numpy.lib.stride_tricks.sliding_window_view(a, size).mean(-1), or ndimage.convolve1d with weights 1 / size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet scipy==1.17.1 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np, scipy
from scipy import ndimage

SIZE, nan = 3, np.nan
rest = [4.0, 5.0, 6.0, 7.0, 8.0]  # means of the windows after the spike
looked = 0
for spike, known in ((np.inf, [nan] * 5), (nan, [nan] * 5), (1e20, [0, 1, 2, 3, 4]), (1e3, rest)):
    values = np.array([1, 2, spike, 3, 4, 5, 6, 7, 8, 9])
    got = ndimage.uniform_filter1d(values, SIZE)[4:9]
    print(f"after {spike:g}:", got)
    np.testing.assert_allclose(got, known, rtol=1e-12)
    np.testing.assert_allclose(ndimage.uniform_filter(values, SIZE)[4:9], known, rtol=1e-12)
    for right in (ndimage.convolve1d(values, np.ones(SIZE) / SIZE), np.convolve(values, np.ones(SIZE) / SIZE, "same")):
        np.testing.assert_allclose(right[4:9], rest, rtol=1e-12)
    np.testing.assert_array_equal(ndimage.maximum_filter1d(values, SIZE)[4:9], [5, 6, 7, 8, 9])
    looked += 5
print(f"scipy {scipy.__version__}: {looked} lines as described")
PYTHON
