"""What TensorFlow's CUDA build can compute on a GPU. `python3 kernels.py OPERATION... > kernels.json` fetches its wheel (about
600 MB), loads the library, for which no GPU is needed, and prints for each operation the names of its inputs and outputs, in
order (`*` behind those that are many), the types of attributes that are not given, and its kernels for a GPU: which of our types they take, and which inputs and outputs
lie in the memory of the host all the same."""

import ctypes
import glob
import json
import os
import subprocess
import sys
import tempfile
import zipfile

VERSION = "2.21.0"
LIBRARIES = ("tensorflow/libtensorflow_framework.so", "tensorflow/libtensorflow_cc.so")
TYPES = {1: "float32", 2: "float64", 3: "int32", 9: "int64", 10: "bool", 20: "resource"}
DEVICES = ("GPU", "DEFAULT")


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def load(folder):
    """The library of the wheel, unpacked in a folder."""
    wanted = f"tensorflow=={VERSION}"
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--implementation", "cp"]
    platforms = ["--platform", "manylinux_2_27_x86_64", "--platform", "manylinux_2_17_x86_64"]
    pip = [sys.executable, "-m", "pip", "download", *options, *platforms, "--dest", folder, wanted]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
        names = [name for name in wheel.namelist() if name.startswith(LIBRARIES)]
        wheel.extractall(folder, names)
    paths = sorted((os.path.join(folder, name) for name in names), key=lambda path: "framework" not in path)
    return [ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL) for path in paths][-1]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protocol buffer's message: number, and value or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size = {1: 8, 5: 4}[key & 7]
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def all_of(data, number):
    return [value for field, value in fields(data) if field == number]


def text(data, number):
    return next((value.decode() for value in all_of(data, number)), "")


def types(constraint):
    """The types that an AttrConstraint allows."""
    [value] = all_of(constraint, 2)
    [listed] = all_of(value, 1)
    packed = []
    for chunk in all_of(listed, 6):
        if isinstance(chunk, int):
            packed.append(chunk)
            continue
        at = 0
        while at < len(chunk):
            number, at = varint(chunk, at)
            packed.append(number)
    return [TYPES[number] for number in packed if number in TYPES]


def read(library, name):
    status = ctypes.c_void_p(ctypes.CFUNCTYPE(ctypes.c_void_p)(("TF_NewStatus", library))())
    function = getattr(library, name)
    function.restype = ctypes.POINTER(Buffer)
    buffer = function(status).contents if name == "TF_GetAllRegisteredKernels" else function().contents
    return ctypes.string_at(buffer.data, buffer.length)


def arguments(definition, number):
    return [text(each, 1) + ("*" if text(each, 5) or text(each, 6) else "") for each in all_of(definition, number)]


def defaults(definition):
    """The types that attributes have unless given."""
    found = {}
    for attribute in all_of(definition, 4):
        for value in all_of(attribute, 3):
            for number in all_of(value, 6):
                found[text(attribute, 1)] = TYPES.get(number, "another")
    return found


def main(wanted):
    with tempfile.TemporaryDirectory() as folder:
        library = load(folder)
        definitions = {text(each, 1): each for each in all_of(read(library, "TF_GetAllOpList"), 1)}
        kernels = all_of(read(library, "TF_GetAllRegisteredKernels"), 1)
    lines = []
    for name in sorted(wanted):
        own = []
        for each in kernels:
            if text(each, 1) != name or text(each, 2) not in DEVICES:
                continue
            taken = {text(constraint, 1): types(constraint) for constraint in all_of(each, 3)}
            kernel = {"types": taken, "host": [argument.decode() for argument in all_of(each, 4)]}
            if all(taken.values()) and kernel not in own:
                own.append(kernel)
        ends = {"inputs": arguments(definitions[name], 2), "outputs": arguments(definitions[name], 3)}
        definition = {**ends, "defaults": defaults(definitions[name]), "kernels": own}
        lines.append(f'    "{name}": {json.dumps(definition)}')
    print(f'{{\n  "tensorflow": "{VERSION}",\n  "operations": {{\n' + ",\n".join(lines) + "\n  }\n}")


main(sys.argv[1:])
