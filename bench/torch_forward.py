"""How long PyTorch's nn.LSTM takes to go forward through sequences, batch by batch. Prints one line of JSON."""

import argparse
import json
import time

import torch

parser = argparse.ArgumentParser()
for name in ("T", "B", "X", "H", "K", "batches", "rounds", "threads"):
    parser.add_argument(f"--{name}", type=int, required=True)
given = parser.parse_args()

torch.set_num_threads(given.threads)
torch.manual_seed(0)
lstm = torch.nn.LSTM(given.X, given.H)
readout = torch.nn.Linear(given.H, given.K)
inputs = torch.randn(given.T, given.B, given.X)


def forward():
    with torch.inference_mode():
        for _ in range(given.batches):
            hidden, _ = lstm(inputs)
            readout(hidden[-1])


forward()
seconds = []
for _ in range(given.rounds):
    start = time.perf_counter()
    forward()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"version": torch.__version__, "seconds": min(seconds)}))
