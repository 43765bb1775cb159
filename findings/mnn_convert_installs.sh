#!/usr/bin/env bash
# MNN 3.6.1 (PyPI), its command mnnconvert.
#
# Behaviour: before it converts, the command runs `pip install -U aliyun-log-python-sdk`, a client of a log service that is not
# among the requirements of the package, with whichever pip stands first in PATH. Where the command is started by its path and its
# environment is not activated, that is the pip of the system: the client and about twenty packages that it needs land there.
# The model is converted also where that fails.
# Expected: a requirement that is declared, or none: a converter of files needs no log service.
# For whom: whoever converts an exported network in an image or on a shared node whose packages are pinned.
# Remedy: call the converter without the command: import MNN, _tools; _tools.mnnconvert(["", "-f", "ONNX", …]).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet MNN==3.6.1 onnx==1.23.2
venv/bin/python - <<'PYTHON'
import numpy as np, onnx
from onnx import TensorProto, helper, numpy_helper

tensor = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4])
two = numpy_helper.from_array(np.float32([2]), "two")
graph = helper.make_graph([helper.make_node("Mul", ["x", "two"], ["y"])], "double", [tensor("x")], [tensor("y")], [two])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), "double.onnx")
PYTHON
mkdir path # a pip that only writes down what it is asked
printf '#!/bin/sh\necho "pip $*" >> "%s/asked"\nexit 1\n' "$folder" > path/pip
chmod +x path/pip

PATH="$folder/path:$PATH" venv/bin/mnnconvert -f ONNX --modelFile double.onnx --MNNModel double.mnn --bizCode test > /dev/null 2>&1
echo "mnnconvert asks for: $(sort -u asked)"
[ "$(sort -u asked)" = "pip install -U aliyun-log-python-sdk" ]
[ -s double.mnn ]
rm asked double.mnn
venv/bin/python -c 'from importlib.metadata import requires; asked = requires("MNN") or []; print("declared:", asked); assert not any("aliyun" in r for r in asked)'
PATH="$folder/path:$PATH" venv/bin/python -c '
import MNN, _tools
_tools.mnnconvert(["", "-f", "ONNX", "--modelFile", "double.onnx", "--MNNModel", "double.mnn", "--bizCode", "test"])' > /dev/null 2>&1
[ -s double.mnn ] && [ ! -e asked ]
echo "MNN 3.6.1: 2 conversions as described; without the command nothing is asked for"
