#!/usr/bin/env bash
# ddsketch 3.0.1 (PyPI), quantiles of a stream that has NaN in it.
#
# Behaviour: add(NaN) is counted as a zero: of 1, 2, 3 and four NaN the median, the lowest and every quantile up to 0.6 is 0,
# a number that never came, while `sum` and `avg` are NaN. No error, no warning. What comes after NaN is counted as ever.
# Expected: an error, a count of its own, or NaN, as numpy.quantile gives; zeros that really came must be told from NaN.
# For whom: whoever keeps quantiles of gradient norms of a run by a sketch: a run that ended in NaN seems to have ended in
# gradients that vanished, the opposite. Remedy: count what is not finite before the sketch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ddsketch==3.0.1 numpy==2.4.6
cat > run.py <<'PYTHON'
import math

import numpy as np
from ddsketch import DDSketch

NORMS = [1.0, 2.0, 3.0] + [math.nan] * 4
with_nan, without, zeros = DDSketch(0.01), DDSketch(0.01), DDSketch(0.01)
for norm in NORMS:
    with_nan.add(norm)
    zeros.add(0.0 if math.isnan(norm) else norm)
    if not math.isnan(norm):
        without.add(norm)
LEVELS = [0, 0.1, 0.25, 0.5, 0.6, 0.7, 0.9, 1]
quantiles = {name: [sketch.get_quantile_value(level) for level in LEVELS] for name, sketch in
             {'with NaN': with_nan, 'NaN taken as 0': zeros, 'without NaN': without}.items()}
print('level', *LEVELS, sep='\t')
for name, values in quantiles.items():
    print(name, *(round(value, 2) for value in values), sep='\t')
print('numpy.quantile', float(np.quantile(NORMS, 0.5)), '; count', with_nan.count, '; avg', with_nan.avg)
assert quantiles['with NaN'] == quantiles['NaN taken as 0'] != quantiles['without NaN']
assert quantiles['with NaN'][3] == 0 and with_nan.count == len(NORMS) and math.isnan(with_nan.avg)
assert math.isnan(np.quantile(NORMS, 0.5))
print(f'{len(LEVELS)} quantiles of {len(NORMS)} values looked at')
PYTHON
venv/bin/python run.py
