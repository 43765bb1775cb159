#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93 (PyPI), cv2.dnn reading ONNX files with LSTM and GRU operators and initial states.
#
# Behaviour, without an error or a warning: the peephole weights P, which the standard orders as input, output, forget gate,
# are taken as input, forget, output: the outputs are those of the turned weights to 1e-7, and up to 0.6 off.
# `sequence_lens` and `clip` are left out: up to 0.7 and 0.6 off. A GRU gives for Y the state after the last step alone,
# of shape (1, 2, 4), where the standard and the file have all steps, (7, 1, 2, 4); its LSTM gives all. onnxruntime 1.32.0
# computes all of them to 1e-6 of the equations of the standard.
# Expected: the outputs of the standard, or an error, as for a custom activation.
# For whom: whoever carries a recurrent network to OpenCV. Peephole weights that are constant or small hide the order.
# Remedy: run the test vectors of the export through the runtime that serves it; write the cell by Scan or turn P.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93
cat > run.py <<'PYTHON'
import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

T, N, D, H = 7, 2, 3, 4
random = np.random.default_rng(1)
draw = lambda *shape: random.normal(size=shape).astype('f4')
X = draw(T, N, D)


def answer(op, inputs, constants, **attributes):
    """Y of onnxruntime and of OpenCV."""
    node = helper.make_node(op, inputs, ['Y'], hidden_size=H, **attributes)
    graph = helper.make_graph(
        [node],
        'recurrent',
        [helper.make_tensor_value_info('X', TensorProto.FLOAT, [T, N, D])],
        [helper.make_tensor_value_info('Y', TensorProto.FLOAT, [T, 1, N, H])],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in inputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    file = model.SerializeToString()
    net = cv2.dnn.readNetFromONNX(np.frombuffer(file, 'u1'))
    net.setInput(X, 'X')
    return onnxruntime.InferenceSession(file).run(None, {'X': X})[0], net.forward()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def compute(constants, peepholes=None, lengths=None, clip=np.inf):
    """Y of an LSTM by the equations of the standard, in float64."""
    W, R, B = (constants[name][0].astype('f8') for name in 'WRB')
    h, c, Y = constants['h0'][0].astype('f8'), constants['c0'][0].astype('f8'), np.zeros((T, 1, N, H))
    p_i, p_o, p_f = np.split(np.zeros(3 * H) if peepholes is None else peepholes[0].astype('f8'), 3)
    cut = lambda a: np.clip(a, -clip, clip)
    for t in range(T):
        i, o, f, a = np.split(X[t].astype('f8') @ W.T + h @ R.T + B[: 4 * H] + B[4 * H :], 4, axis=1)
        c_new = sigmoid(cut(f + p_f * c)) * c + sigmoid(cut(i + p_i * c)) * np.tanh(cut(a))
        h_new = sigmoid(cut(o + p_o * c_new)) * np.tanh(c_new)
        lives = np.ones((N, 1), bool) if lengths is None else (t < lengths)[:, None]
        h, c = np.where(lives, h_new, h), np.where(lives, c_new, c)
        Y[t, 0] = np.where(lives, h_new, 0)
    return Y


def differ(Y, wanted):
    return float(np.abs(Y - wanted).max())


state = {'h0': draw(1, N, H), 'c0': draw(1, N, H)}
lstm = {'W': draw(1, 4 * H, D), 'R': draw(1, 4 * H, H), 'B': draw(1, 8 * H), 'P': draw(1, 3 * H), **state}
lstm['lengths'] = np.array([7, 4], 'i4')
plain = compute(lstm)
i, o, f = np.split(lstm['P'], 3, axis=1)
turned = np.concatenate([i, f, o], axis=1)
seen = 0
for what, lengths, peepholes, attributes, meant in [
    ('nothing more', '', [], {}, {}),
    ('P', '', ['P'], {}, {'peepholes': lstm['P']}),
    ('sequence_lens', 'lengths', [], {}, {'lengths': lstm['lengths']}),
    ('clip', '', [], {'clip': 0.5}, {'clip': 0.5}),
]:
    right = compute(lstm, **meant)
    reference, Y = answer('LSTM', ['X', 'W', 'R', 'B', lengths, 'h0', 'c0', *peepholes], lstm, **attributes)
    print(f'LSTM with {what}: onnxruntime {differ(reference, right):.1g} off, OpenCV {differ(Y, right):.2g} off, {differ(Y, plain):.1g} from nothing more, {differ(Y, compute(lstm, peepholes=turned)):.1g} from P as i, f, o')
    assert differ(reference, right) < 1e-5
    wanted_by_opencv = compute(lstm, peepholes=turned) if what == 'P' else plain
    assert differ(Y, wanted_by_opencv) < 1e-5 and (differ(Y, right) > 0.1) == (seen > 0)
    seen += 1

gru = {'W': draw(1, 3 * H, D), 'R': draw(1, 3 * H, H), 'B': draw(1, 6 * H), 'h0': state['h0']}
reference, Y = answer('GRU', ['X', 'W', 'R', 'B', '', 'h0'], gru)
print(f'GRU: onnxruntime gives Y of {reference.shape}, OpenCV one of {Y.shape}, {differ(Y, reference[-1]):.1g} from the last step alone')
assert reference.shape == (T, 1, N, H) and Y.shape == (1, N, H) and differ(Y, reference[-1]) < 1e-5
print(f'{seen} LSTMs and a GRU looked at')
assert seen == 4
PYTHON
venv/bin/python run.py
