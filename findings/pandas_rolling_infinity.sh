#!/usr/bin/env bash
# pandas 3.1.1 (PyPI), Series.rolling(), expanding() and ewm().
#
# Behaviour: every window function takes Infinity for a missing value. With min_periods=1 the rolling and the expanding maximum
# pass over it and give the largest finite number; ewm().mean() goes on with the value before; without min_periods the window
# is NaN. rolling().count() counts it, though, and cummax(), max() and mean() of the same series give Infinity.
# Expected: Infinity, as these and the window functions of polars, DuckDB and NumPy's sliding windows give it. pandas has
# dropped the option that took Infinity for missing; the pages of rolling() say nothing of it (pandas issue 57549 is open).
# For whom: whoever smooths losses or watches the largest gradient norm of the last steps: the step at which it explodes is
# the one that vanishes. Remedy: mask = np.isinf(s).rolling(n, min_periods=1).max() beside it, or polars.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pandas==3.1.1 polars==2.1.0
venv/bin/python - <<'PYTHON'
import math, pandas as pd, polars as pl

inf, nan = math.inf, math.nan
values = [1.0, 2.0, inf, 3.0, 4.0]
series = pd.Series(values, name="grad_norm")
seen = {
    "rolling(2, min_periods=1).max()": (series.rolling(2, min_periods=1).max(), [1, 2, 2, 3, 4]),
    "rolling(2).max()": (series.rolling(2).max(), [nan, 2, nan, nan, 4]),
    "rolling(2, min_periods=1).mean()": (series.rolling(2, min_periods=1).mean(), [1, 1.5, 2, 3, 3.5]),
    "rolling(3, min_periods=1).count()": (series.rolling(3, min_periods=1).count(), [1, 2, 3, 3, 3]),
    "expanding().max()": (series.expanding().max(), [1, 2, 2, 3, 4]),
    "ewm(alpha=0.5, adjust=False, ignore_na=True).mean()": (series.ewm(alpha=0.5, adjust=False, ignore_na=True).mean(), [1, 1.5, 1.5, 2.25, 3.125]),
    "cummax()": (series.cummax(), [1, 2, inf, inf, inf]),
    "polars rolling_max(2, min_samples=1)": (pd.Series(pl.Series(values).rolling_max(2, min_samples=1).to_list()), [1, 2, inf, inf, 4]),
}
for name, (got, known) in seen.items():
    print(f"{name:52}", got.tolist())
    pd.testing.assert_series_equal(got, pd.Series(known, dtype=float), check_names=False)
assert series.max() == inf and series.mean() == inf
print(f"pandas {pd.__version__}: {len(seen) + 2} results as described")
PYTHON
