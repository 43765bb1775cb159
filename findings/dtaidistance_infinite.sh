#!/usr/bin/env bash
# dtaidistance 2.5.1 (PyPI), dtw.distance_fast(), and dtw.distance() and distance_matrix_fast() with use_pruning=True.
#
# Behaviour: where the best alignment is step by step, so that the distance is the Euclidean one, some pairs of series are
# infinitely far apart: distance_fast([0, 1, 2], [0.1, 1.1, 2.1]) is inf, and distance() of the same two is 0.1732. Pruning,
# which distance_fast has on, takes the Euclidean distance for a bound, squares what it has rooted, and drops the path where
# the square is a rounding error below its cost. Of series beside themselves moved by a constant, a third of the pairs is hit.
# Expected: the same number as distance(), as pruning only leaves out what cannot be the best; the docstring has distance_fast
# as "same as distance but with different defaults".
# For whom: whoever compares series that resemble each other, or clusters and classifies by the nearest neighbour: the nearest
# is the one that is lost, as inf. Remedy: use_pruning=False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet dtaidistance==2.5.1 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import dtaidistance, numpy as np
from dtaidistance import dtw

def distances(a, b):
    return [dtw.distance(a, b), dtw.distance_fast(a, b), dtw.distance(a, b, use_pruning=True)]

a, b = np.array([0.0, 1.0, 2.0]), np.array([0.1, 1.1, 2.1])
print("distance, distance_fast, distance with pruning:", distances(a, b), "Euclidean:", np.linalg.norm(a - b))
assert np.isclose(distances(a, b)[0], np.linalg.norm(a - b)) and np.isinf(distances(a, b)[1:]).all()
assert np.isinf(dtw.distance_matrix_fast([a, b], use_pruning=True)[0, 1])
assert np.isclose(dtw.distance_fast(a, b, use_pruning=False), distances(a, b)[0])

rng = np.random.default_rng(0)
pairs, lost, wrong = 1000, 0, 0
for _ in range(pairs):
    series = np.arange(8.0) + rng.normal(size=8) * 0.1
    plain, fast, pruned = distances(series, series + 0.1)
    lost += np.isinf(fast)
    wrong += not (np.isinf(fast) or np.isclose(fast, plain))
    assert np.isfinite(plain) and np.isinf(fast) == np.isinf(pruned)
print(f"{lost} of {pairs} pairs infinitely far apart, {wrong} otherwise wrong")
assert pairs * 0.02 < lost < pairs * 0.6 and wrong == 0
print(f"dtaidistance {dtaidistance.__version__}: {pairs + 1} pairs as described")
PYTHON
