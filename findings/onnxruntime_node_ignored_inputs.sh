#!/usr/bin/env bash
# onnxruntime-node 1.30.0 (npm) beside onnxruntime 1.32.0 (PyPI); onnx 1.23.2.
#
# Behaviour: run() of onnxruntime-node ignores every feed whose name is not in inputNames, without an error. An initializer that
# is also a graph input, which a caller may override (IR version 4 and later), is not in inputNames: what is fed for it does not
# count, and the default is computed with. A name that is misspelt is ignored too.
# Expected: as in Python, where the fed value counts, and a name that is no input raises.
# For whom: whoever gives an exported recurrent network a default initial state or a temperature that callers may override: in
# Node every call begins from the default. Remedy: make it an input that is required, or compare Object.keys(feeds) with
# inputNames.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 onnxruntime==1.32.0
venv/bin/python - <<'PYTHON'
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper

def value(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])

default = helper.make_tensor("start", TensorProto.FLOAT, [1], [100.0])
graph = helper.make_graph([helper.make_node("Add", ["x", "start"], ["y"])], "sum", [value("x"), value("start")], [value("y")], [default])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10), "sum.onnx")

session = onnxruntime.InferenceSession("sum.onnx", providers=["CPUExecutionProvider"])
x, start = np.float32([1]), np.float32([5])
print("Python, default:", session.run(None, {"x": x})[0], " overridden:", session.run(None, {"x": x, "start": start})[0])
assert session.run(None, {"x": x})[0] == 101 and session.run(None, {"x": x, "start": start})[0] == 6
try:
    session.run(None, {"x": x, "strat": start})
    raise SystemExit("Python ignores a misspelt name now")
except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument as error:
    print("Python, misspelt:", str(error)[:60])
PYTHON
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
cat > run.cjs <<'JAVASCRIPT'
const assert = require('node:assert/strict')
const { InferenceSession, Tensor } = require('onnxruntime-node')
const number = (value) => new Tensor('float32', [value], [1])
InferenceSession.create('sum.onnx', { logSeverityLevel: 3 }).then(async (session) => {
  assert.deepEqual([...session.inputNames], ['x'])
  for (const name of ['start', 'strat']) {
    const { y } = await session.run({ x: number(1), [name]: number(5) })
    console.log(`Node, fed as ${name}:`, y.data[0])
    assert.equal(y.data[0], 101, 'what is fed counts now')
  }
})
JAVASCRIPT
node run.cjs
