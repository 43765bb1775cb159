#!/usr/bin/env bash
# onnx 1.23.2 (PyPI), onnx.reference.ReferenceEvaluator on LSTM, GRU and RNN; held against onnxruntime 1.32.0 and, for the LSTM, against the
# equations of the standard in float64.
#
# Behaviour, without an error or a warning: `sequence_lens` is left out of all three, `clip`, `input_forget` and `activations` out of the
# LSTM and `activations` out of the GRU: the outputs are those of the operator without them. An RNN whose activation is Relu, which
# the standard names, is refused as unknown. Plain operators, both directions, peepholes and initial states are right to 1e-6.
# Expected: the outputs of the standard, of which this evaluator is the reference, or an error.
# For whom: whoever checks an exporter of recurrent networks against the reference evaluator: lengths that the exporter lost go unseen,
# and lengths that it wrote look wrong.
# Remedy: check against onnxruntime where a node has one of these.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cat > run.py <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

T, N, D, H = 7, 2, 3, 4
GATES = {'LSTM': 4, 'GRU': 3, 'RNN': 1}
random = np.random.default_rng(1)
draw = lambda *shape: random.normal(size=shape).astype('f4')
X = draw(T, N, D)
WEIGHTS = {op: (draw(1, g * H, D), draw(1, g * H, H), draw(1, 2 * g * H)) for op, g in GATES.items()}
LENGTHS = np.array([T, 3], 'i4')


def make_model(op, lengths=None, **attributes):
    W, R, B = WEIGHTS[op]
    constants = {'W': W, 'R': R, 'B': B, **({} if lengths is None else {'lengths': lengths})}
    node = helper.make_node(op, ['X', *constants], ['Y'], hidden_size=H, **attributes)
    graph = helper.make_graph(
        [node],
        'recurrent',
        [helper.make_tensor_value_info('X', TensorProto.FLOAT, [T, N, D])],
        [helper.make_tensor_value_info('Y', TensorProto.FLOAT, [T, 1, N, H])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def refer(model):
    try:
        return ReferenceEvaluator(model).run(None, {'X': X})[0]
    except RuntimeError:
        return None


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def compute(lengths=None, clip=np.inf, input_forget=0, activations=('Sigmoid', 'Tanh', 'Tanh')):
    """Y of the LSTM by the equations of the standard, in float64."""
    functions = {'Sigmoid': sigmoid, 'Tanh': np.tanh, 'Relu': lambda x: np.maximum(x, 0)}
    f_gate, f_in, f_out = (functions[name] for name in activations)
    W, R, B = (value[0].astype('f8') for value in WEIGHTS['LSTM'])
    h, c, Y = np.zeros((N, H)), np.zeros((N, H)), np.zeros((T, 1, N, H))
    for t in range(T):
        sums = np.clip(X[t].astype('f8') @ W.T + h @ R.T + B[: 4 * H] + B[4 * H :], -clip, clip)
        i, o, f, a = np.split(sums, 4, axis=1)
        i = f_gate(i)
        forget = 1 - i if input_forget else f_gate(f)
        new_c = forget * c + i * f_in(a)
        new_h = f_gate(o) * f_out(new_c)
        alive = np.ones((N, 1), bool) if lengths is None else (t < lengths)[:, None]
        h, c = np.where(alive, new_h, h), np.where(alive, new_c, c)
        Y[t, 0] = np.where(alive, new_h, 0)
    return Y


RELU = {'LSTM': ['Sigmoid', 'Relu', 'Tanh'], 'GRU': ['Sigmoid', 'Relu'], 'RNN': ['Relu']}
cases = [  # operator, what it is given, what the reference evaluator does
    ('LSTM', {}, 'right'),
    ('GRU', {}, 'right'),
    ('RNN', {}, 'right'),
    *((op, {'lengths': LENGTHS}, 'left out') for op in GATES),
    ('LSTM', {'clip': 0.1}, 'left out'),
    ('LSTM', {'input_forget': 1}, 'left out'),
    ('LSTM', {'activations': RELU['LSTM']}, 'left out'),
    ('GRU', {'activations': RELU['GRU']}, 'left out'),
    ('RNN', {'activations': RELU['RNN']}, 'refused'),
]
plain = {op: refer(make_model(op)) for op in GATES}
for op, given, wanted in cases:
    model = make_model(op, **given)
    run = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {'X': X})[0]
    if op == 'LSTM' and 'activations' not in given:
        assert np.abs(run - compute(**given)).max() < 1e-5, (op, given)
    seen = refer(model)
    off = None if seen is None else float(np.abs(seen - run).max())
    what = 'refused' if seen is None else 'right' if off < 1e-5 else 'left out' if np.array_equal(seen, plain[op]) else 'other'
    print(f'{op} {", ".join(given) or "plain"}: {what}' + ('' if off is None else f', off by {off:.1g}'))
    assert what == wanted, (op, given, what)
print(f'onnx {onnx.__version__}: {len(cases)} nodes as described')
PYTHON
venv/bin/python run.py
