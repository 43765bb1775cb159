#!/usr/bin/env bash
# duckdb 2.0.1 (PyPI), read_csv with all defaults.
#
# Behaviour: a CSV column that holds only Infinity and -Infinity is read as DATE ('infinity' is also a date there): the
# Python client hands out 9999-12-31 and 0001-01-01. A column that begins with Infinity and goes on with numbers is read as
# VARCHAR. With a NaN in it, or named as DOUBLE, the same column is read as numbers.
# Expected: DOUBLE, as every one of these is a number of IEEE 754 and DuckDB's DOUBLE takes the words.
# For whom: whoever reads the gradient norms of an exploding run from a CSV file. Remedy: dtype={'name': 'DOUBLE'}, in SQL types = {…}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1
venv/bin/python - <<'PYTHON'
import datetime, math, duckdb

def read(*values, **options):
    with open("run.csv", "w") as file:
        file.write("step,grad_norm\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values, 1)))
    table = duckdb.read_csv("run.csv", **options)
    return str(table.types[1]), [row[1] for row in table.fetchall()]

last, first = datetime.date(9999, 12, 31), datetime.date(1, 1, 1)
seen = [
    (read("Infinity", "Infinity"), ("DATE", [last, last])),
    (read("Infinity", "-Infinity"), ("DATE", [last, first])),
    (read("", "Infinity"), ("DATE", [None, last])),
    (read("Infinity", "1.5"), ("VARCHAR", ["Infinity", "1.5"])),
    (read("Infinity", "Infinity", dtype={"grad_norm": "DOUBLE"}), ("DOUBLE", [math.inf, math.inf])),
]
kind, (nan, inf) = read("NaN", "Infinity")
assert kind == "DOUBLE" and math.isnan(nan) and inf == math.inf, (kind, nan, inf)
for got, known in seen:
    print(got)
    assert got == known, f"changed: {got} instead of {known}"
print(f"duckdb {duckdb.__version__}: {len(seen) + 1} columns read as described")
PYTHON
