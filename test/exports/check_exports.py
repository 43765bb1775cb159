"""Loads exported files into onnxruntime, PyTorch and Keras and compares what they compute with the proof in each file.

usage: python check_exports.py FOLDER

Every file is run with all rows of its proof together, and with each row alone. Prints how many files and numbers were compared,
and fails on any difference above the tolerance of a proof, or where there was nothing to compare.
"""

import base64
import json
import os
import struct
import sys
from pathlib import Path

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")

TYPES = {"F32": np.float32, "I32": np.int32}


def decode(tensor):
    return np.frombuffer(base64.b64decode(tensor["data"]), TYPES[tensor["dtype"]]).reshape(tensor["shape"])


def cases(proof):
    """All rows of each case together, then each row alone, cut to its length."""
    for case in proof["cases"]:
        lengths = np.array(case["lengths"], np.int32)
        inputs, network_inputs, outputs = (decode(case[name]) for name in ("inputs", "network_inputs", "outputs"))
        initial, final = ({name: decode(t) for name, t in case[which].items()} for which in ("initial", "final"))
        yield lengths, inputs, network_inputs, initial, outputs, final
        for n, length in enumerate(lengths):
            row = slice(n, n + 1)

            def cut(array):
                return array[row, :length]

            def cut_states(states):
                return {name: state[:, row] if state.ndim == 3 else state[row] for name, state in states.items()}

            yield lengths[row], cut(inputs), cut(network_inputs), cut_states(initial), cut(outputs), cut_states(final)


def differences(lengths, outputs, wanted, final, wanted_final, once):
    """Of outputs within each row, and of the states after it."""
    for n, length in enumerate(lengths):
        own = outputs[n] if once else outputs[n, :length]
        yield np.abs(own - (wanted[n, length - 1] if once else wanted[n, :length]))
    for name, state in wanted_final.items():
        yield np.abs(final[name] - state)


def read_onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map
    once = json.loads(texts["unroll.model"])["mode"] == "many_to_one"
    names = [output.name for output in session.get_outputs()]

    def run(lengths, inputs, network_inputs, initial):
        ids = inputs.dtype == np.int32
        feeds = {"inputs": inputs.astype(np.int64) if ids else inputs, "lengths": lengths}
        feeds |= {f"initial_{name}": state for name, state in initial.items()}
        made = dict(zip(names, session.run(None, feeds)))
        return made["outputs"], {name: made[f"final_{name}"] for name in initial}

    return texts, run, once


def read_safetensors(path):
    import safetensors.torch

    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    texts = json.loads(data[8 : 8 + size])["__metadata__"]
    return texts, safetensors.torch.load(data)


def read_pytorch(path):
    import torch

    texts, tensors = read_safetensors(path)
    model = json.loads(texts["unroll.model"])
    sizes = model.get("hidden_sizes") or [model["hidden_size"]] * model["layers"]
    E, H, layers = model["embedding_size"], sizes[0], len(sizes)
    V = model["inputs"]["size"]
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}.get(model["cell"], torch.nn.GRU)
    more = {"nonlinearity": model["activation"]} if model["cell"] == "rnn" else {}
    both, once = model.get("bidirectional", False), model["mode"] == "many_to_one"
    P = model.get("projection_size")
    if P:
        more["proj_size"] = P
    rnn = kind(E or V, H, num_layers=layers, batch_first=True, bidirectional=both, **more)
    rnn.load_state_dict({k.removeprefix("rnn."): v for k, v in tensors.items() if k.startswith("rnn.")})
    readout = torch.nn.Linear((2 if both else 1) * (P or H), model["readout"]["size"])
    readout.load_state_dict({k.removeprefix("readout."): v for k, v in tensors.items() if k.startswith("readout.")})

    def run(lengths, inputs, network_inputs, initial):
        x = torch.from_numpy(network_inputs.copy())
        if model["inputs"]["kind"] == "symbols":
            ids = x.long()
            x = tensors["embedding.weight"][ids] if E else torch.nn.functional.one_hot(ids, V).float()
        states = [torch.from_numpy(state.copy()) for state in initial.values()]
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        with torch.no_grad():
            ys, after = rnn(packed, tuple(states) if len(states) > 1 else states[0])
            ys, _ = torch.nn.utils.rnn.pad_packed_sequence(ys, batch_first=True)
            h_n = after[0] if isinstance(after, tuple) else after
            outputs = readout(torch.cat([h_n[-2], h_n[-1]], 1) if both and once else ys).numpy()
        after = after if isinstance(after, tuple) else (after,)
        return outputs, {name: state.numpy() for name, state in zip(initial, after)}

    learned = [name for name in tensors if name.startswith("initial_")]
    for name in learned:
        first = decode(json.loads(texts["unroll.proof"])["cases"][0]["initial"][name.removeprefix("initial_")])
        assert np.array_equal(np.broadcast_to(tensors[name].numpy(), first.shape), first), name
    return texts, run, both and once


def read_keras(path):
    """Runs the layers of the model by their cells, from any state, and rows from zeros by the model itself."""
    import h5py
    import keras

    numbers = keras.ops.convert_to_numpy

    with h5py.File(path) as file:
        texts = {name: bytes(file["unroll"][name][()]).decode() for name in file["unroll"]}
    model = json.loads(texts["unroll.model"])
    sequential = build_keras(model)
    sequential.load_weights(path)
    stack = [layer for layer in sequential.layers if hasattr(layer, "cell") or hasattr(layer, "forward_layer")]
    both, once = model.get("bidirectional", False), model["mode"] == "many_to_one"

    def run_direction(cell, ys, states, lengths, steps):
        """Outputs of every step, and the states after the last; the states of a row stay as they are behind its end."""
        outputs = [None] * ys.shape[1]
        for t in steps:
            _, after = cell(ys[:, t], list(states))
            going = (t < lengths)[:, None]
            after = after if isinstance(after, (list, tuple)) else [after]
            states = [np.where(going, numbers(a), s) for a, s in zip(after, states)]
            outputs[t] = states[0]
        return np.stack(outputs, 1), states

    def run(lengths, inputs, network_inputs, initial):
        x = network_inputs
        if model["inputs"]["kind"] == "symbols":
            ids = x.astype("int32")
            first = sequential.layers[0]
            x = ids if model["embedding_size"] else np.eye(model["inputs"]["size"], dtype="float32")[ids]
            ys = numbers(first(ids)) if model["embedding_size"] else x
        else:
            ys = x
        T = x.shape[1]
        states = []
        for layer in stack:
            directions = [(layer.forward_layer, range(T)), (layer.backward_layer, reversed(range(T)))] if both else [(layer, range(T))]
            found = []
            for direction, steps in directions:
                k = len(states)
                before = [initial[n][k] if n in initial else initial[f"{k}.{n}"] for n in names(initial)]
                outputs, after = run_direction(direction.cell, ys, before, lengths, steps)
                found.append(outputs)
                states.append(after)
            ys = np.concatenate(found, -1)
        ends = np.concatenate([states[-2][0], states[-1][0]], -1) if both and once else ys
        answers = numbers(sequential.layers[-1](ends))
        if len(lengths) == 1 and not any(state.any() for state in initial.values()):
            whole = numbers(sequential(x))
            wanted = answers[:, -1] if once and not both else answers
            assert np.abs(whole - wanted).max() <= 1e-6, path
        final = {}
        for j, n in enumerate(names(initial)):
            if n in initial:
                final[n] = np.stack([own[j] for own in states])
            else:
                final |= {f"{k}.{n}": own[j] for k, own in enumerate(states)}
        return answers, final

    return texts, run, both and once


def names(initial):
    """h, and c where there is one, of states by name or by layer and name."""
    return list(dict.fromkeys(name.split(".")[-1] for name in initial))


def build_keras(model):
    import keras

    sizes = model.get("hidden_sizes") or [model["hidden_size"]] * model["layers"]
    E, V = model["embedding_size"], model["inputs"]["size"]
    more = {}
    if model["cell"] == "rnn":
        more = {"activation": {"identity": "linear"}.get(model["activation"], model["activation"])}
    if model["cell"] in ("gru", "gru_simple"):
        more = {"reset_after": model.get("reset") == "after"}
    kind = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}.get(model["cell"], keras.layers.GRU)
    last = len(sizes) - 1
    once = model["mode"] == "many_to_one"
    # Keras' paths have no names of layers: those given here must not matter.
    stack = [kind(H, return_sequences=k < last or not once, name=f"mine_{k}", **more) for k, H in enumerate(sizes)]
    if model.get("bidirectional", False):
        stack = [keras.layers.Bidirectional(layer) for layer in stack]
    first = [keras.Input((None,), dtype="int32"), keras.layers.Embedding(V, E)] if E else [keras.Input((None, V))]
    return keras.Sequential([*first, *stack, keras.layers.Dense(model["readout"]["size"], name="head")])


READERS = {"onnx": read_onnx, "pytorch": read_pytorch, "keras": read_keras}


def main(folder):
    failed = 0
    for kind, read in READERS.items():
        files, numbers, worst = 0, 0, (0.0, "")
        for path in sorted((folder / kind).iterdir()):
            texts, run, once = read(path)
            proof = json.loads(texts["unroll.proof"])
            for lengths, inputs, network_inputs, initial, wanted, wanted_final in cases(proof):
                outputs, final = run(lengths, inputs, network_inputs, initial)
                for difference in differences(lengths, outputs, wanted, final, wanted_final, once):
                    largest = float(difference.max()) if np.isfinite(difference).all() else float("inf")
                    worst = max(worst, (largest, path.name))
                    numbers += difference.size
                    failed += not largest <= proof["tolerance"]
            files += 1
        print(f"{kind}: {files} files, {numbers} numbers, largest difference {worst[0]:.2e} ({worst[1]})")
        failed += numbers == 0
    refused = json.loads((folder / "refused.json").read_text())
    print(f"{len(refused)} refused, such as {next(iter(refused.items()))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
