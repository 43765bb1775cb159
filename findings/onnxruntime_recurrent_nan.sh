#!/usr/bin/env bash
# onnxruntime 1.32.0 (PyPI), CPU provider, operators LSTM, GRU and RNN; onnx 1.23.2.
#
# Behaviour: with biases (input B), an input of NaN is taken for a large number. An LSTM answers as if all gates were 1 (its
# cell grows by exactly 1), a GRU keeps its state to the bit as if the step were masked, an RNN of Relu answers 0. All later
# steps are finite too: nothing in the output tells of the NaN. The same LSTM and GRU without B, and an RNN of Tanh with or
# without, answer NaN from that step on.
# Expected: NaN from that step on, as the equations say and as onnx.reference gives it; a bias of 0 changes no answer.
# For whom: whoever looks for NaN in the answers of an exported network to find missing values or an exploded input; exports
# have biases. The operators' pages do not speak of it. Remedy: IsNaN over the inputs, before the session or in the graph.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 onnxruntime==1.32.0
venv/bin/python - <<'PYTHON'
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

H, I, T = 4, 3, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(T, 1, I)).astype(np.float32)
X[2, 0, 1] = np.nan

def run(operator, gates, bias, **attributes):
    """Outputs of every step (T, H), the last cell state of an LSTM, and the reference's outputs."""
    weights = {"W": rng.normal(size=(1, gates * H, I)), "R": rng.normal(size=(1, gates * H, H))}
    if bias:
        weights["B"] = np.zeros((1, 2 * gates * H))
    outputs = ["Y", "Y_h", "Y_c"] if operator == "LSTM" else ["Y", "Y_h"]
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights], outputs, hidden_size=H, **attributes)], "one",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["t", 1, I])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.float32(value / 2), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    Y = session.run(["Y"], {"X": X})[0].reshape(T, H)
    cells = [session.run(None, {"X": X[:t]})[-1].reshape(H) for t in (2, 3)] if operator == "LSTM" else None
    if "activations" in attributes:  # which the reference does not have
        return Y, cells, None
    with np.errstate(invalid="ignore"):
        return Y, cells, ReferenceEvaluator(model).run(["Y"], {"X": X})[0].reshape(T, H)

looked = 0
for operator, gates, attributes in (("LSTM", 4, {}), ("GRU", 3, {}), ("GRU", 3, {"linear_before_reset": 1}),
                                    ("RNN", 1, {"activations": ["Relu"]}), ("RNN", 1, {})):
    for bias in (False, True):
        Y, cells, reference = run(operator, gates, bias, **attributes)
        nans = np.isnan(Y).sum(axis=1).tolist()
        print(operator, attributes, "with biases of 0" if bias else "without biases", "NaN in steps 1..5:", nans)
        finite = "Relu" in attributes.get("activations", []) or (bias and operator != "RNN")
        assert nans == ([0] * T if finite else [0, 0, H, H, H]), Y
        if reference is not None:
            assert np.isnan(reference).sum(axis=1).tolist() == [0, 0, H, H, H], reference
        if finite and operator == "LSTM":
            assert np.allclose(cells[1] - cells[0], 1, rtol=0, atol=1e-6), cells
            assert np.allclose(Y[2], np.tanh(cells[1]), atol=1e-6), Y
        if finite and operator == "GRU":
            assert Y[2].tobytes() == Y[1].tobytes(), Y
        if finite and operator == "RNN":
            assert not Y[2].any(), Y
        looked += 1
print(f"onnxruntime {onnxruntime.__version__}: {looked} networks as described")
PYTHON
