#!/usr/bin/env bash
# duckdb 2.0.1 (PyPI) on Parquet files of pyarrow 26.0.1 and polars 2.1.0.
#
# Behaviour: rows with NaN answer a query by the file's writer. DuckDB takes NaN for the largest number, but believes the
# largest value in a Parquet file's statistics, which by the standard leave NaN out. So `loss > 5`, `loss = 'nan'` and
# isnan(loss) find none of the NaN rows, max(loss) is 2.0 (pyarrow's file), and, where all other values are 1, `loss = 1` finds
# the NaN rows too. From a file that DuckDB wrote, and from a table, the answers are right.
# Expected: one answer for the same rows; DuckDB's page on NaN says that NaN is equal to NaN and above every other number.
# For whom: whoever asks for the runs that diverged. Known upstream (duckdb issue 25521, open). Remedy: PRAGMA disable_optimizer,
# or read into a table first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
venv/bin/python - <<'PYTHON'
import duckdb, math, polars, pyarrow, pyarrow.parquet

def write(name, values):
    pyarrow.parquet.write_table(pyarrow.table({"loss": values}), f"{name}_pyarrow.parquet")
    polars.DataFrame({"loss": values}).write_parquet(f"{name}_polars.parquet")
    duckdb.sql(f"create table {name} as from '{name}_polars.parquet'")
    duckdb.sql(f"copy {name} to '{name}_duckdb.parquet'")

write("mixed", [1.0, 2.0, math.nan, 0.5])
write("same", [1.0, 1.0, math.nan])

def ask(question, source):
    return duckdb.sql(question.format(source)).fetchall()[0][0]

count = "select count(*) from {} where "
questions = [  # question, rows of, answers from a table or DuckDB's own file, from pyarrow's file, from polars'
    (count + "loss > 5", "mixed", 1, 0, 0),
    (count + "loss = 'nan'::double", "mixed", 1, 0, 0),
    ("select max(loss) from {}", "mixed", math.nan, 2.0, math.nan),
    (count + "loss = 1", "same", 2, 3, 3),
    (count + "loss > 1", "same", 1, 0, 0),
    (count + "isnan(loss)", "mixed", 1, 0, 0),
]
looked = 0
for question, rows, right, pyarrow_wrong, polars_wrong in questions:
    for source, known in ((rows, right), ("duckdb", right), ("pyarrow", pyarrow_wrong), ("polars", polars_wrong)):
        got = ask(question, source if source == rows else f"'{rows}_{source}.parquet'")
        print(f"{question.format(rows):52} {source:8} {got}")
        assert got == known or (math.isnan(got) and math.isnan(known)), f"{got} instead of {known}"
        looked += 1
duckdb.sql("pragma disable_optimizer")
for question, rows, right, _, _ in (questions[0], questions[1], questions[3], questions[5]):
    assert ask(question, f"'{rows}_pyarrow.parquet'") == right
print(f"duckdb {duckdb.__version__}: {looked + 4} answers as described")
PYTHON
