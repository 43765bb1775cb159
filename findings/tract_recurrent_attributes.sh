#!/usr/bin/env bash
# tract 0.23.9 (PyPI), reading ONNX files whose RNN, GRU and LSTM operators have attributes.
#
# Behaviour: `activations`, `direction: reverse` and `clip` are left out without an error or a warning: each of the nine
# outputs is that of the operator without the attribute, to 1e-6, and 0.3 to 10 away from the equations of the standard. An
# RNN of Relu is computed with tanh, a reversed one from left to right. onnxruntime 1.32.0 computes all to 1e-6.
# `direction: bidirectional`, peephole weights P and `linear_before_reset` are right; `sequence_lens` is refused.
# Expected: the outputs of the standard, or an error, as for `sequence_lens`.
# For whom: whoever carries a recurrent network to tract; an Elman network of ReLU (Le et al. 2015) is one with such attributes.
# Remedy: run the test vectors of the export through the runtime that serves it; write such a cell by Scan.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tract==0.23.9
cat > run.py <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import tract
from onnx import TensorProto, helper, numpy_helper

T, N, D, H = 7, 2, 3, 4
GATES = {'RNN': 1, 'GRU': 3, 'LSTM': 4}
random = np.random.default_rng(1)
X = random.normal(size=(T, N, D)).astype('f4')


def build(op, weights, attributes):
    node = helper.make_node(op, ['X', 'W', 'R', 'B'], ['Y'], hidden_size=H, **attributes)
    graph = helper.make_graph(
        [node],
        'recurrent',
        [helper.make_tensor_value_info('X', TensorProto.FLOAT, [T, N, D])],
        [helper.make_tensor_value_info('Y', TensorProto.FLOAT, [T, 1, N, H])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, 'recurrent.onnx')


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def compute(op, weights, reverse=False, g=np.tanh, clip=np.inf):
    """Y by the equations of the standard, in float64: g makes new values, clip bounds what activations are given."""
    W, R, B = (weights[name][0].astype('f8') for name in 'WRB')
    b = B[: len(B) // 2] + B[len(B) // 2 :]
    h, c, Y = np.zeros((N, H)), np.zeros((N, H)), np.zeros((T, 1, N, H))
    cut = lambda a: np.clip(a, -clip, clip)
    for t in reversed(range(T)) if reverse else range(T):
        x = X[t].astype('f8') @ W.T + b
        if op == 'RNN':
            h = g(cut(x + h @ R.T))
        elif op == 'GRU':
            z, r = (sigmoid(cut(part)) for part in np.split((x + h @ R.T)[:, : 2 * H], 2, axis=1))
            h = (1 - z) * g(cut(x[:, 2 * H :] + (r * h) @ R[2 * H :].T)) + z * h
        else:
            i, o, f, a = (cut(part) for part in np.split(x + h @ R.T, 4, axis=1))
            c = sigmoid(f) * c + sigmoid(i) * g(a)
            h = sigmoid(o) * np.tanh(c)
        Y[t, 0] = h
    return Y


def differ(Y, wanted):
    return float(np.abs(Y - wanted).max())


RELU = {'RNN': ['Relu'], 'GRU': ['Sigmoid', 'Relu'], 'LSTM': ['Sigmoid', 'Relu', 'Tanh']}
seen = 0
for op in GATES:
    shapes = {'W': (GATES[op] * H, D), 'R': (GATES[op] * H, H), 'B': (2 * GATES[op] * H,)}
    weights = {name: random.normal(size=(1, *shape)).astype('f4') for name, shape in shapes.items()}
    plain = compute(op, weights)
    for attributes, meant in [
        ({}, {}),
        ({'activations': RELU[op]}, {'g': lambda a: np.maximum(a, 0)}),
        ({'direction': 'reverse'}, {'reverse': True}),
        ({'clip': 0.5}, {'clip': 0.5}),
    ]:
        build(op, weights, attributes)
        right = compute(op, weights, **meant)
        [reference] = onnxruntime.InferenceSession('recurrent.onnx').run(None, {'X': X})
        answer = tract.onnx().load('recurrent.onnx').into_model().into_runnable().run([X])[0].to_numpy()
        print(f'{op} {attributes}: onnxruntime {differ(reference, right):.1g} off, tract {differ(answer, right):.2g} off, {differ(answer, plain):.1g} from no attribute')
        assert differ(reference, right) < 1e-5 and differ(answer, plain) < 1e-5
        assert (differ(answer, right) > 0.1) == (attributes != {})
        seen += 1
print(f'{seen} operators looked at: tract leaves out activations, direction and clip')
assert seen == 12
PYTHON
venv/bin/python run.py
