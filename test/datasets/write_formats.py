"""Writes the same sequences by each library in each of its formats.

    python write_formats.py FOLDER COUNT

FOLDER gets a folder for each data set: "unequal" (3 channels, unequal lengths, missing values), "wide" (1 channel, 8 steps) and
"tensor" (3 channels, 8 steps). All files of a folder hold the same values. "refused" has what cannot be read.
"""

import json
import sys
import warnings
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pyarrow.feather
import pyarrow.parquet as pq
from aeon.datasets import save_to_ts_file

LABELS = ["one", "two", "three"]
CHANNELS = ["f", "g", "h"]
STEPS = 8

warnings.simplefilter("ignore")


def sequences(count):
    """Arrays [T, 3] of unequal T with missing values, and their labels. Six decimals: pandas writes ten to JSON."""
    rng = np.random.default_rng(15)
    values = [np.round(rng.normal(size=(int(rng.integers(3, 13)), 3)), 6) for _ in range(count)]
    for n in range(0, count, 5):
        values[n][1, 2] = np.nan
    return values, [LABELS[int(rng.integers(3))] for _ in range(count)]


def with_nulls(array):
    return [[None if np.isnan(x) else float(x) for x in row] for row in array]


def write_unequal(folder, count):
    values, labels = sequences(count)
    nested = [with_nulls(array) for array in values]
    rows = [{"inputs": inputs, "label": label} for inputs, label in zip(nested, labels)]

    with open(folder / "json.jsonl", "w") as file:  # NaN as Python writes it
        for array, label in zip(values, labels):
            file.write(json.dumps({"inputs": array.tolist(), "label": label}) + "\n")
    pd.DataFrame(rows).to_json(folder / "pandas.jsonl", orient="records", lines=True)
    pl.DataFrame(rows).write_ndjson(folder / "polars.jsonl")

    long = pd.DataFrame(
        [
            {"id": n, "t": t, **dict(zip(CHANNELS, row)), "label": label}
            for n, (array, label) in enumerate(zip(values, labels))
            for t, row in enumerate(array)
        ]
    )
    long.to_csv(folder / "pandas-long.csv")
    long.to_csv(folder / "pandas-long.tsv", index=False, sep="\t")
    long.to_csv(folder / "pandas-long-german.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n")
    pl.from_pandas(long).write_csv(folder / "polars-long.csv")
    duckdb.sql("SELECT * FROM long ORDER BY id, t").write_csv(str(folder / "duckdb-long.csv"))
    long.to_feather(folder / "pandas-long.feather")
    long.to_parquet(folder / "pandas-long.parquet")
    pl.from_pandas(long).write_ipc(folder / "polars-long-zstd.arrow", compression="zstd")
    duckdb.sql("SELECT * FROM long ORDER BY id, t").write_parquet(str(folder / "duckdb-long.parquet"))

    table = pa.table({"inputs": nested, "label": labels})
    with pa.ipc.new_file(folder / "pyarrow.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, count // 3))
    with pa.ipc.new_stream(folder / "pyarrow-stream.arrows", table.schema) as writer:
        writer.write_table(table)
    for codec in ["lz4", "zstd"]:
        pa.feather.write_feather(table, folder / f"pyarrow-{codec}.feather", compression=codec)
    half = table.set_column(1, "label", pa.array(labels).dictionary_encode())
    pa.feather.write_feather(half, folder / "pyarrow-dictionary.feather")
    for codec in ["snappy", "zstd", "gzip", "lz4", "none"]:
        pq.write_table(table, folder / f"pyarrow-{codec}.parquet", compression=codec)
    frame = pl.DataFrame(rows)
    frame.write_ipc(folder / "polars.arrow")  # strings are views, lists are large
    frame.write_parquet(folder / "polars.parquet")  # zstd
    duckdb.sql("SELECT * FROM frame").write_parquet(str(folder / "duckdb.parquet"))

    padded = np.full((count, max(len(array) for array in values), 3), 7.0)
    for n, array in enumerate(values):
        padded[n, : len(array)] = array
    lengths = np.array([len(array) for array in values])
    np.savez(folder / "numpy.npz", x=padded, y=np.array(labels), lengths=lengths)
    np.savez_compressed(folder / "numpy-compressed.npz", X=padded, label=np.array(labels), lengths=lengths)

    save_ts([array.T for array in values], labels, folder)


def save_ts(channels, labels, folder):
    save_to_ts_file(channels, np.array(labels), label_type="classification", path=str(folder), problem_name="aeon")
    (folder / "aeon.ts").rename(folder / "aeon.ts.txt")  # a file .ts is TypeScript to the tools of this repository


def write_wide(folder, count):
    rng = np.random.default_rng(16)
    values = np.round(rng.normal(size=(count, STEPS)), 6)
    labels = rng.integers(1, 4, size=count)
    values[::7, 2] = np.nan
    wide = pd.DataFrame(values, columns=[f"t{t}" for t in range(STEPS)]).assign(label=labels)
    wide.to_csv(folder / "pandas.csv")
    wide[["label", *wide.columns[:-1]]].to_csv(folder / "pandas.tsv", sep="\t", index=False, na_rep="?")
    wide.to_feather(folder / "pandas.feather")
    wide.to_parquet(folder / "pandas.parquet")
    polars = pl.from_pandas(wide, nan_to_null=True)
    polars.write_csv(folder / "polars.csv")
    polars.write_ipc(folder / "polars.arrow")
    polars.write_parquet(folder / "polars.parquet")
    duckdb.sql("SELECT * FROM wide").write_csv(str(folder / "duckdb.csv"))
    duckdb.sql("SELECT * FROM wide").write_parquet(str(folder / "duckdb.parquet"))
    pl.DataFrame({"inputs": values, "label": labels}).write_ipc(folder / "polars-array.arrow")
    pl.DataFrame({"inputs": values, "label": labels}).write_parquet(folder / "polars-array.parquet")
    np.savez(folder / "numpy.npz", inputs=values, labels=labels)
    np.savez(folder / "numpy-fortran.npz", inputs=np.asfortranarray(values), labels=labels.astype(">i2"))
    np.savez(folder / "numpy-big-endian.npz", inputs=values.astype(">f8"), labels=labels.astype("u1"))
    save_ts(values[:, None, :], labels, folder)


def write_tensor(folder, count):
    rng = np.random.default_rng(17)
    values = rng.normal(size=(count, STEPS, 3)).astype(np.float16).astype(np.float64)
    np.save(folder / "numpy.npy", values)
    np.save(folder / "numpy-half.npy", values.astype(np.float16))
    np.save(folder / "numpy-fortran.npy", np.asfortranarray(values.astype(np.float32)))
    with open(folder / "json.jsonl", "w") as file:
        for array in values:
            file.write(json.dumps({"inputs": array.tolist()}) + "\n")
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(values)
    pa.feather.write_feather(pa.table({"inputs": tensors}), folder / "pyarrow-tensor.feather")
    pq.write_table(pa.table({"inputs": tensors}), folder / "pyarrow-tensor.parquet")
    halves = pa.array(values.astype(np.float16).tolist(), pa.list_(pa.list_(pa.float16())))
    pa.feather.write_feather(pa.table({"inputs": halves}), folder / "pyarrow-half.feather")
    pl.DataFrame({"inputs": values.astype(np.float32)}).write_parquet(folder / "polars-float32.parquet")


def write_refused(folder, count):
    """What the libraries of the service cannot read, or what holds no numbers."""
    rows = [[float(n), n + 0.5] for n in range(count)]
    columns = {
        "list-view": pa.array(rows, pa.list_view(pa.float64())),
        "large-list-view": pa.array(rows, pa.large_list_view(pa.float64())),
        "run-end": pa.compute.run_end_encode(pa.array([1.0] * count)),
    }
    for name, column in columns.items():
        table = pa.table({"inputs": column})
        with pa.ipc.new_file(folder / f"{name}.arrow", table.schema) as writer:
            writer.write_table(table)
    np.save(folder / "objects.npy", np.array([np.array(row) for row in rows] + [None], dtype=object))
    np.save(folder / "complex.npy", np.array(rows, dtype=complex))
    np.save(folder / "dates.npy", np.array([["2026-01-01", "2026-01-02"]] * count, dtype="M8[D]"))
    np.savez(folder / "structured.npz", x=np.zeros((count, 2), dtype=[("f", "f8"), ("g", "f8")]))
    parquet = folder / "cut-off.parquet"
    pq.write_table(pa.table({"inputs": rows}), parquet)
    parquet.write_bytes(parquet.read_bytes()[:200])


def main():
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    writers = {"unequal": write_unequal, "wide": write_wide, "tensor": write_tensor, "refused": write_refused}
    for name, write in writers.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, count)


main()
