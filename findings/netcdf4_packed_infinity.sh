#!/usr/bin/env bash
# netCDF4 1.7.5.1.post1 (PyPI), writing floats into a variable of int16 with scale_factor, as measured series are often packed.
#
# Behaviour: NaN, Infinity and -Infinity are written as 0 and read as 0, a plausible value, and 1000, which int16 does not
# have at this scale, is read as -310.72. NumPy warns once of an "invalid value encountered in cast" where one is not finite,
# and of the value out of range not at all. The masked array that is read masks none of them.
# Expected: the _FillValue for NaN, which is read as masked, or an error, for what the packed type does not have.
# For whom: whoever brings series from sensors or weather as NetCDF: missing and overflowing steps are trained on as zeros and as
# values of the other sign. Remedy: numpy.ma.masked_invalid before writing, and a check of the range.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check netCDF4==1.7.5.1.post1 numpy==2.4.6
cat > run.py <<'PYTHON'
import warnings

import netCDF4
import numpy as np

SERIES = np.array([1.0, np.nan, np.inf, -np.inf, 1000.0, -5.0])
for what, series in {'as it is': SERIES, 'masked': np.ma.masked_invalid(SERIES)}.items():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter('always')
        with netCDF4.Dataset('series.nc', 'w') as file:
            file.createDimension('t', len(SERIES))
            variable = file.createVariable('series', 'i2', ('t',))
            variable.scale_factor = 0.01
            variable[:] = series
    with netCDF4.Dataset('series.nc') as file:
        read = file['series'][:]
    print(f'{what}: {SERIES.tolist()} is read as {read}; warnings: {[str(one.message) for one in told]}')
    masked = np.ma.getmaskarray(read).tolist()
    if what == 'masked':
        assert masked == [False, True, True, True, False, False]
    else:
        assert masked == [False] * 6
        assert np.allclose(read.filled(), [1, 0, 0, 0, -310.72, -5])
        assert len(told) == 1
print(f'{len(SERIES)} values looked at, 4 of them changed without an error')
PYTHON
venv/bin/python run.py
