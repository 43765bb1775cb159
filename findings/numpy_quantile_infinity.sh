#!/usr/bin/env bash
# numpy 2.4.6 and pandas 3.1.1 (PyPI), quantile() of data that hold Infinity; beside them polars 2.1.0.
#
# Behaviour: the median of (1, 2, inf) is 2 by median() and NaN by quantile(0.5), in NumPy and in pandas, whose describe() thus
# gives NaN in the row "50%". A quantile that falls on a value is interpolated towards the next one with a weight of 0, and
# 0 · inf is NaN; between two infinities it is NaN as well. polars gives 2 both ways.
# Expected: the value itself where the quantile falls on it; median and quantile(0.5) are one number by their definition.
# For whom: whoever gives medians and quartiles over seeds where one run ended with an infinite loss. The pages warn of NaN in
# the data alone. Remedy: method="inverted_cdf" or "lower" (NumPy), interpolation="lower" (pandas).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet numpy==2.4.6 pandas==3.1.1 polars==2.1.0
venv/bin/python - <<'PYTHON'
import warnings

import numpy as np, pandas as pd, polars as pl

warnings.simplefilter("ignore")
inf, nan = np.inf, np.nan
cases = [  # data, probability, by NumPy and pandas, the value that stands there
    ([1.0, 2.0, inf], 0.5, nan, 2),
    ([1.0, 2.0, 3.0, 4.0, inf], 0.75, nan, 4),
    ([1.0, inf, inf, inf], 0.9, nan, inf),
    ([1.0, 2.0, 3.0, 4.0, inf], 0.5, 3, 3),
]
for data, p, known, right in cases:
    got = [np.quantile(data, p), pd.Series(data).quantile(p)]
    others = [pl.Series(data).quantile(p, "linear"),
              np.quantile(data, p, method="inverted_cdf"), pd.Series(data).quantile(p, interpolation="lower")]
    print(data, f"quantile {p}: NumPy, pandas", [float(x) for x in got], "polars, inverted_cdf, lower", [float(x) for x in others])
    np.testing.assert_array_equal(got, [known] * 2)
    if right != inf:
        np.testing.assert_array_equal(others, [right] * 3)
three = [1.0, 2.0, inf]
assert np.median(three) == 2 and pd.Series(three).median() == 2 and np.isnan(pd.Series(three).describe()["50%"])
print(f"numpy {np.__version__}, pandas {pd.__version__}: {len(cases) * 5 + 3} quantiles as described")
PYTHON
