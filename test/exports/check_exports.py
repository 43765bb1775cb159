"""Loads exported files into onnxruntime and PyTorch and compares what they compute with the proof in each file.

usage: python check_exports.py FOLDER

Every file is run with all rows of its proof together, and with each row alone. Prints how many files and numbers were compared,
and fails on any difference above the tolerance of a proof, or where there was nothing to compare.
"""

import base64
import json
import struct
import sys
from pathlib import Path

import numpy as np

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
                return {name: state[:, row] for name, state in states.items()}

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
    rnn = kind(E or V, H, num_layers=layers, batch_first=True, bidirectional=both, **more)
    rnn.load_state_dict({k.removeprefix("rnn."): v for k, v in tensors.items() if k.startswith("rnn.")})
    readout = torch.nn.Linear(2 * H if both else H, model["readout"]["size"])
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


READERS = {"onnx": read_onnx, "pytorch": read_pytorch}


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
