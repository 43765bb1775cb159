#!/usr/bin/env bash
# MNN 3.6.1 (PyPI), its converter of ONNX; onnx 1.23.2, onnxruntime 1.32.0.
#
# Behaviour: a GRU of ONNX with linear_before_reset=0, the default of the standard, is computed as neither 0 nor 1 says: the
# candidate is tanh(x W + Wb + r*(h R) + Rb) in place of tanh(x W + Wb + (r*h) R + Rb). sequence_lens and activations are left
# out, and an RNN of Relu is computed with tanh; of a GRU nothing is said, of an RNN a line is printed and the file is written
# all the same. linear_before_reset=1, initial states and both directions are
# right.
# Expected: the standard's equations, or a refusal.
# For whom: whoever runs a GRU on a phone whose reset gate is before the product, as in the first papers and in Unroll, with
# rows of unequal length, or an RNN of Relu. Remedy: run known vectors through the converted model before it is shipped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0
cat > run.py <<'PYTHON'
import numpy as np, onnx, onnxruntime
import MNN, _tools
import MNN.expr as expr, MNN.nn as nn
from onnx import TensorProto, helper, numpy_helper

T, N, D, H = 6, 2, 3, 4
random = np.random.default_rng(0)
X = random.normal(size=(T, N, D)).astype("f4")
GATES = {"GRU": 3, "RNN": 1}

def answer(op, attributes, lengths=None, directions=1, start=False):
    """Y of onnxruntime and of MNN."""
    draw = np.random.default_rng(1)
    G = GATES[op] * H
    constants = {"W": (directions, G, D), "R": (directions, G, H), "B": (directions, 2 * G)}
    if start:
        constants["start"] = (directions, N, H)
    tensors = [numpy_helper.from_array(draw.normal(size=shape).astype("f4") / 2, name) for name, shape in constants.items()]
    inputs = ["X", "W", "R", "B", "lengths" if lengths else "", "start" if start else ""]
    while inputs[-1] == "":
        inputs.pop()
    if lengths:
        tensors.append(numpy_helper.from_array(np.int32(lengths), "lengths"))
    both = {"direction": "bidirectional"} if directions == 2 else {}
    node = helper.make_node(op, inputs, ["Y"], hidden_size=H, **both, **attributes)
    value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph([node], op, [value("X", T, N, D)], [value("Y", T, directions, N, H)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "model.onnx")
    _tools.mnnconvert(["", "-f", "ONNX", "--modelFile", "model.onnx", "--MNNModel", "model.mnn", "--bizCode", "test"])
    network = nn.load_module_from_file("model.mnn", ["X"], ["Y"])
    [Y] = network.forward([expr.const(X, list(X.shape), expr.NCHW)])
    [right] = onnxruntime.InferenceSession("model.onnx").run(None, {"X": X})
    return right, np.array(Y.read()).reshape(right.shape)

def compute_reset_after():
    """Y of the GRU of model.onnx by the candidate that MNN has."""
    model = onnx.load("model.onnx")
    (W,), (R,), (B,) = (numpy_helper.to_array(tensor) for tensor in model.graph.initializer[:3])
    sigmoid = lambda a: 1 / (1 + np.exp(-a))
    h, Y = np.zeros((N, H)), []
    for x in X:
        z, r, g = np.split(x @ W.T + B[: 3 * H], 3, axis=1)
        Rz, Rr, Rg = np.split(h @ R.T, 3, axis=1)
        bz, br, bg = np.split(B[3 * H :], 3)
        z, r = sigmoid(z + Rz + bz), sigmoid(r + Rr + br)
        h = (1 - z) * np.tanh(g + r * Rg + bg) + z * h
        Y.append(h)
    return np.stack(Y)[:, None]

after = {"linear_before_reset": 1}
hard = {**after, "activations": ["HardSigmoid", "Relu"]}
instead = lambda *asked: lambda: answer(*asked)[0]
cases = [  # what is asked, and what MNN computes in its place
    (("GRU", {}), compute_reset_after),
    (("GRU", hard), instead("GRU", after)),
    (("GRU", after, [6, 3]), instead("GRU", after)),
    (("RNN", {"activations": ["Relu"]}), instead("RNN", {})),
    (("RNN", {}, [6, 3]), instead("RNN", {})),
]
right_ones = [("GRU", after), ("GRU", after, None, 2), ("GRU", after, None, 1, True), ("RNN", {}), ("RNN", {}, None, 2)]
for asked, meant in cases:
    right, got = answer(*asked)
    off, same = np.abs(got - right).max(), np.abs(got - meant()).max()
    print(f"{asked}: {off:.2g} from onnxruntime, {same:.1g} from what is named above")
    assert off > 0.02 and same < 1e-5, (off, same)
for asked in right_ones:
    right, got = answer(*asked)
    assert np.abs(got - right).max() < 1e-5, asked
print(f"MNN {MNN.version()}: {len(cases)} operators as described, {len(right_ones)} right")
PYTHON
venv/bin/python run.py 2>&1 | grep -vE '^\[|^Start to|^inputT|^outputT|^The model|^Converted|^Try to|^The device|^$'
