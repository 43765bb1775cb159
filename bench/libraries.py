"""How fast one thread of each library multiplies float32 matrices. Reads `rows inner columns seconds` a line and answers
each by one line of JSON: GFLOP/s by library, the best of many readings of the clock. The first line names versions."""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import torch

torch.set_num_threads(1)
torch.set_grad_enabled(False)

READING = 3e-4  # seconds that one reading of the clock takes at least


def best(call, seconds):
    """Seconds of the fastest of many calls."""
    call()
    start = time.perf_counter()
    call()
    least = time.perf_counter() - start
    calls = 1 + int(READING / least) if least < READING else 1
    start = time.perf_counter()
    end = start + seconds
    while start < end:
        for _ in range(calls):
            call()
        after = time.perf_counter()
        least = min(least, (after - start) / calls)
        start = after
    return least


def rates(rows, inner, columns, seconds):
    a = np.full((rows, inner), 0.5, np.float32)
    w = np.full((inner, columns), 0.5, np.float32)
    out = np.empty((rows, columns), np.float32)
    left, right, to = torch.from_numpy(a), torch.from_numpy(w), torch.from_numpy(out.copy())
    turned = right.t().contiguous()
    calls = {
        "openblas": lambda: np.matmul(a, w, out=out),
        "torch": lambda: torch.mm(left, right, out=to),
        "onednn": lambda: torch.ops.mkldnn._linear_pointwise(left, turned, None, "none", [], ""),
    }
    return {name: round(2 * rows * inner * columns / best(call, seconds) / 1e9, 3) for name, call in calls.items()}


print(json.dumps({"numpy": np.__version__, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    rows, inner, columns, seconds = line.split()
    print(json.dumps(rates(int(rows), int(inner), int(columns), float(seconds))), flush=True)
