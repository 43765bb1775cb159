#!/usr/bin/env bash
# bottleneck 1.6.0 with xarray 2026.9.0 (PyPI), rolling windows of float64.
#
# Behaviour: with bottleneck installed, DataArray.rolling() is wrong for all the rest of the series after one large value has
# left the window. After 1e20 the mean of (3, 4) is 0 and stays 3.5 too low; after 1e8 the standard deviation is 0 for ever;
# after Infinity the mean is NaN for ever, though no later window holds it. Without bottleneck, whose presence is the only
# difference, the same lines are right. bottleneck adds the newcomer to a running sum and takes the leaver off.
# Expected: a window depends on its own values alone, as in pandas, polars and DuckDB, which recover after the spike.
# For whom: whoever smooths a run in which one gradient exploded. The pages of move_mean and move_std name no condition, those
# of xarray call bottleneck an accelerator. Remedy: xarray.set_options(use_bottleneck=False).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet bottleneck==1.6.0 xarray==2026.9.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import bottleneck, math, numpy as np, xarray

np.seterr(invalid="ignore")

def rolled(spike, name, **options):
    values = xarray.DataArray([1.0, 2.0, spike, 3.0, 4.0, 5.0, 6.0, 7.0], dims="step")
    with xarray.set_options(**options):
        return getattr(values.rolling(step=2), name)().values[4:].tolist()

nan = math.nan
right = {"mean": [3.5, 4.5, 5.5, 6.5], "sum": [7, 9, 11, 13], "std": [0.5] * 4}
wrong = {
    (1e20, "mean"): [0, 1, 2, 3],
    (1e20, "sum"): [0, 2, 4, 6],
    (1e8, "std"): [0] * 4,
    (math.inf, "mean"): [nan] * 4,
    (math.inf, "std"): [nan] * 4,
}
for (spike, name), known in wrong.items():
    got = rolled(spike, name, use_bottleneck=True)
    print(f"after {spike:g}: {name} of (3, 4), (4, 5), (5, 6), (6, 7): {got}, without bottleneck {right[name]}")
    np.testing.assert_array_equal(got, known)
    np.testing.assert_allclose(rolled(spike, name, use_bottleneck=False), right[name], rtol=1e-12)
np.testing.assert_array_equal(rolled(1e8, "mean", use_bottleneck=True), right["mean"])
print(f"bottleneck {bottleneck.__version__}: {len(wrong)} windows as described")
PYTHON
