#!/usr/bin/env bash
# utilsforecast 0.2.17 (PyPI), losses and evaluate() on forecasts that hold NaN; pandas 3.1.1 and polars 2.1.0.
#
# Behaviour: steps whose forecast is NaN are left out of the mean without a word. A model that is right at one step and NaN at
# the nine others has MAE, RMSE and MAPE 0: it wins over every model that answers at each step. This is so for a pandas
# frame; the same call on the same numbers in a polars frame gives NaN.
# Expected: NaN, as scikit-learn refuses and NumPy gives, and one answer for both kinds of frame.
# For whom: whoever picks the best of many forecasters by evaluate(), where one has diverged. The docstrings of
# the metrics do not speak of NaN. Remedy: assert that no forecast is NaN before the metric, or polars frames.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet utilsforecast==0.2.17 pandas==3.1.1 polars==2.1.0
venv/bin/python - <<'PYTHON'
import math, numpy as np, pandas, polars, utilsforecast
from utilsforecast import losses
from utilsforecast.evaluation import evaluate

T, nan = 10, math.nan
target = np.arange(1.0, T + 1)
forecasts = {"close": target + 0.1, "diverged": np.where(np.arange(T) == 0, target, nan)}
frame = pandas.DataFrame({"unique_id": "a", "ds": range(T), "y": target, **forecasts})
looked = 0

for metric in (losses.mae, losses.rmse, losses.mape):
    scores = {}
    for library, table in (("pandas", frame), ("polars", polars.DataFrame(frame.to_dict("list")))):
        row = evaluate(table, [metric], models=list(forecasts))
        scores[library] = [float(row[name].to_list()[0]) for name in forecasts]
    print("utilsforecast", metric.__name__, scores)
    assert scores["pandas"][1] == 0 < scores["pandas"][0] and math.isnan(scores["polars"][1]), scores
    assert np.isclose(scores["pandas"][0], scores["polars"][0])
    looked += 2

print(f"utilsforecast {utilsforecast.__version__}: {looked} scores as described")
PYTHON
