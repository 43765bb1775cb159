"""How long onnxruntime takes for an LSTM exported by Unroll, and for the export of PyTorch of the same network, taking turns.

usage: python torch_export.py MODEL.onnx MODEL.safetensors STEPS ROUNDS THREADS

Prints one line of JSON. Fails where the two do not answer the same.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import load_file

LAYERS, H, X = 2, 128, 2
BATCHES = (1, 32)


class Network(torch.nn.Module):
    """Answers after the last step, as the network of the file does."""

    def __init__(self, tensors):
        super().__init__()
        self.rnn = torch.nn.LSTM(X, H, num_layers=LAYERS, batch_first=True)
        self.readout = torch.nn.Linear(H, tensors["readout.weight"].shape[0])
        self.load_state_dict(tensors)

    def forward(self, inputs, h, c):
        hs, (h, c) = self.rnn(inputs, (h, c))
        return self.readout(hs[:, -1]), h, c


def export(weights, path):
    state = torch.zeros(LAYERS, 3, H)
    batch, steps = torch.export.Dim("batch"), torch.export.Dim("time")
    shapes = ({0: batch, 1: steps}, {1: batch}, {1: batch})
    example = (torch.zeros(3, 5, X), state, state)
    names = ["inputs", "initial_h", "initial_c"]
    network = Network(load_file(weights)).eval()
    torch.onnx.export(network, example, path, input_names=names, dynamic_shapes=shapes, dynamo=True, verbose=False)


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def measure(sessions, outputs, feeds, rounds):
    times = [[] for _ in sessions]
    for _ in range(rounds):
        for session, wanted, feed, own in zip(sessions, outputs, feeds, times):
            start = time.perf_counter()
            session.run(wanted, feed)
            own.append((time.perf_counter() - start) * 1e3)
    return [statistics.median(own) for own in times]


def main(onnx, weights, steps, rounds, threads):
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "torch.onnx"
        export(weights, exported)
        sessions = [open_session(path, threads) for path in (onnx, exported)]
    # Of both the answer and the states after the last step; the file of Unroll also has the answer in the units of the data.
    outputs = [["outputs", "final_h", "final_c"], [output.name for output in sessions[1].get_outputs()]]
    rows = []
    draw = np.random.default_rng(1)
    for batch in BATCHES:
        state = np.zeros((LAYERS, batch, H), np.float32)
        inputs = draw.standard_normal((batch, steps, X), np.float32)
        shared = {"inputs": inputs, "initial_h": state, "initial_c": state}
        feeds = [{**shared, "lengths": np.full(batch, steps, np.int32)}, shared]
        ours, theirs = (session.run(*asked)[0] for session, *asked in zip(sessions, outputs, feeds))
        difference = float(np.abs(ours - theirs).max())
        assert difference <= 1e-5, difference
        measure(sessions, outputs, feeds, 3)
        unroll_ms, torch_ms = measure(sessions, outputs, feeds, rounds)
        rows.append({"batch": batch, "unroll_ms": unroll_ms, "torch_ms": torch_ms, "largest_difference": difference})
    versions = {"onnxruntime": onnxruntime.__version__, "torch": torch.__version__}
    print(json.dumps({"versions": versions, "steps": steps, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:6]))
