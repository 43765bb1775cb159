#!/usr/bin/env bash
# openvino 2026.4.1 (PyPI), reading an ONNX file whose LSTM operator has peephole weights (input P), on CPU in float32.
#
# Behaviour: the file is read and compiled without an error or a warning, and the peephole weights are left out: the outputs
# are those of the same LSTM without P, to 5e-8, and up to 0.58 away from the equations of the standard. onnxruntime 1.32.0
# computes the same file to 1.6e-7 of them.
# Expected: the outputs of the standard, or an error, as for an activation that OpenVINO does not have.
# For whom: whoever serves an LSTM with peepholes. Its outputs stay plausible, so that only the comparison with known outputs
# tells. Remedy: run the test vectors of the export through the runtime that serves it; write the cell by Scan.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1
cat > run.py <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

T, N, D, H = 7, 2, 3, 4
random = np.random.default_rng(1)
draw = lambda *shape: random.normal(size=shape).astype('f4')
X, W, R, B, P = draw(T, N, D), draw(1, 4 * H, D), draw(1, 4 * H, H), draw(1, 8 * H), draw(1, 3 * H)
node = helper.make_node('LSTM', ['X', 'W', 'R', 'B', '', '', '', 'P'], ['Y'], hidden_size=H)
graph = helper.make_graph(
    [node],
    'lstm',
    [helper.make_tensor_value_info('X', TensorProto.FLOAT, [T, N, D])],
    [helper.make_tensor_value_info('Y', TensorProto.FLOAT, [T, 1, N, H])],
    [numpy_helper.from_array(value, name) for name, value in {'W': W, 'R': R, 'B': B, 'P': P}.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, 'lstm.onnx')


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def compute(peepholes):
    """Y by the equations of the standard, in float64."""
    h, c, Y = np.zeros((N, H)), np.zeros((N, H)), np.zeros((T, 1, N, H))
    p_i, p_o, p_f = np.split(peepholes[0].astype('f8'), 3)
    for t in range(T):
        i, o, f, a = np.split(X[t].astype('f8') @ W[0].T + h @ R[0].T + B[0, : 4 * H] + B[0, 4 * H :], 4, axis=1)
        c = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * np.tanh(a)
        h = sigmoid(o + p_o * c) * np.tanh(c)
        Y[t, 0] = h
    return Y


right, without = compute(P), compute(np.zeros_like(P))
session = onnxruntime.InferenceSession('lstm.onnx')
answers = {'onnxruntime': session.run(None, {'X': X})[0]}
compiled = openvino.Core().compile_model('lstm.onnx', 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
answers['openvino'] = next(iter(compiled({'X': X}).values()))
off = {name: [float(np.abs(Y - wanted).max()) for wanted in (right, without)] for name, Y in answers.items()}
for name, (with_p, without_p) in off.items():
    print(f'{name}: {with_p:.2g} from the equations, {without_p:.2g} from those without P')
assert off['onnxruntime'][0] < 1e-5 and off['onnxruntime'][1] > 0.1
assert off['openvino'][0] > 0.1 and off['openvino'][1] < 1e-5
print(f'{len(answers)} runtimes looked at, of which openvino leaves P out')
PYTHON
venv/bin/python run.py
