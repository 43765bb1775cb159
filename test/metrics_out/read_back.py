"""Prints as JSON what TensorBoard's own reader, MLflow's client, the messages of W&B's client, pandas and pyarrow read of exported runs.

    python read_back.py tensorboard FOLDER
    python read_back.py mlflow ADDRESS EXPERIMENT FOLDER
    python read_back.py wandb FOLDER
    python read_back.py rows FILE…

Numbers are JSON, non-finite ones the strings NaN, Infinity and -Infinity: {column: {step: number or list}}.
"""

import json
import math
import sys


def plain(value):
    """A number as the API has it; None where nothing was measured."""
    if value is None:
        return None
    if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1:
        return [plain(each) for each in value]
    number = float(value)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    everything = {"scalars": 0, "tensors": 0, "histograms": 0}
    reader = EventAccumulator(folder, size_guidance=everything)
    reader.Reload()
    tags = reader.Tags()
    texts = [tag for tag in tags["tensors"] if make_ndarray(reader.Tensors(tag)[0].tensor_proto).dtype == object]
    return {
        "scalars": {tag: {e.step: plain(e.value) for e in reader.Scalars(tag)} for tag in tags["scalars"]},
        "tensors": {
            tag: {e.step: plain(make_ndarray(e.tensor_proto)) for e in reader.Tensors(tag)}
            for tag in tags["tensors"]
            if tag not in texts
        },
        "histograms": {
            tag: {e.step: [e.histogram_value.num, sum(e.histogram_value.bucket)] for e in reader.Histograms(tag)}
            for tag in tags["histograms"]
        },
        "texts": {tag: make_ndarray(reader.Tensors(tag)[0].tensor_proto)[0].decode() for tag in texts},
    }


def mlflow(address, experiment, folder):
    from mlflow import MlflowClient

    client = MlflowClient(address)
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    assert len(found) == 1, found
    run = found[0]
    rows = client.download_artifacts(run.info.run_id, "run.parquet", folder)
    return {
        "metrics": {
            key: {metric.step: plain(metric.value) for metric in client.get_metric_history(run.info.run_id, key)}
            for key in run.data.metrics
        },
        "params": run.data.params,
        "tags": run.data.tags,
        "name": run.info.run_name,
        "status": run.info.status,
        "rows": read_rows(rows),
    }


def wandb(folder):
    """The offline run in a folder, by the messages of the client; its file is a log as LevelDB has it."""
    from glob import glob

    from wandb.proto.wandb_internal_pb2 import Record

    (path,) = glob(f"{folder}/*.wandb")
    found = {"config": {}, "columns": {}}
    for record in map(Record.FromString, log_records(path)):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            found |= {"id": record.run.run_id, "name": record.run.display_name, "project": record.run.project}
            found["config"] |= {u.key: json.loads(u.value_json) for u in record.run.config.update if u.key != "_wandb"}
        if kind == "history":
            step = record.history.step.num
            for item in record.history.item:
                name = item.key or "/".join(item.nested_key)
                if not name.startswith("_") and not name.endswith("/_type"):
                    found["columns"].setdefault(name, {})[step] = plain(json.loads(item.value_json))
    return found


def log_records(path):
    """The records of a log: blocks of 32 KiB of pieces with checksum, length and kind; the file begins with 7 bytes of its own."""
    import struct

    with open(path, "rb") as file:
        data = file.read()
    block, header, whole_or_last = 2**15, 7, (1, 4)
    at, record = header, b""
    while at + header <= len(data):
        left = block - at % block
        if left < header:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        record += data[at + header : at + header + length]
        at += header + length
        if kind in whole_or_last:
            yield record
            record = b""


def read_rows(path):
    """Columns of a CSV, Arrow or Parquet file."""
    import pandas
    import pyarrow.feather
    import pyarrow.parquet

    if path.endswith(".csv"):
        table = pandas.read_csv(path, keep_default_na=False, na_values=[""])
        lists = [name for name in table if name.startswith("flow/")]
        columns = {
            name: [None if cell == "" or cell is None or cell != cell else json.loads(cell) for cell in table[name]]
            if name in lists
            else [None if line == "" else float(line) for line in raw(path, name)]
            for name in table
        }
    else:
        read = pyarrow.feather.read_table if path.endswith(".arrow") else pyarrow.parquet.read_table
        columns = read(path).to_pydict()
    steps = [int(step) for step in columns.pop("step")]
    return {name: {step: plain(value) for step, value in zip(steps, column)} for name, column in columns.items()}


def raw(path, name):
    """The cells of a column as text: pandas has one NaN for an empty cell and for the word."""
    import csv

    with open(path, newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def rows(*paths):
    return {path: read_rows(path) for path in paths}


print(json.dumps({"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb, "rows": rows}[sys.argv[1]](*sys.argv[2:])))
