"""Trains exported networks on in the tool that they were exported for, by plain gradient descent, and saves them as that tool does.

usage: python train_there.py FOLDER
"""

import json
import os
import sys
from pathlib import Path

import torch

os.environ.setdefault("KERAS_BACKEND", "torch")

from safetensors import safe_open


def read_batches(path):
    with safe_open(path, framework="pt") as file:
        names = sorted({int(name.split(".")[1]) for name in file.keys()})
        batches = [(file.get_tensor(f"inputs.{n}"), file.get_tensor(f"targets.{n}")) for n in names]
        return batches, float(file.metadata()["learning_rate"])


def train_pytorch(path, batches, learning_rate):
    from safetensors.torch import load_file, save_file

    with safe_open(path, framework="pt") as file:
        model = json.loads(file.metadata()["unroll.model"])
    tensors = load_file(path)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}.get(model["cell"], torch.nn.GRU)
    E, H, V = model["embedding_size"], model["hidden_size"], model["inputs"]["size"]
    both = model.get("bidirectional", False)
    P = model.get("projection_size")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            if E:
                self.embedding = torch.nn.Embedding(V, E)
            self.rnn = kind(E or V, H, num_layers=model["layers"], bidirectional=both, **({"proj_size": P} if P else {}))
            self.readout = torch.nn.Linear((2 if both else 1) * (P or H), model["readout"]["size"])
            for name in tensors:
                if name.startswith("initial_"):
                    setattr(self, name, torch.nn.Parameter(torch.empty_like(tensors[name])))

        def forward(self, inputs):
            x = inputs
            if model["inputs"]["kind"] == "symbols":
                x = self.embedding(inputs.long()) if E else torch.nn.functional.one_hot(inputs.long(), V).float()
            states = [getattr(self, n).expand(-1, x.shape[1], -1).contiguous() for n in ("initial_h", "initial_c") if hasattr(self, n)]
            start = () if not states else (tuple(states) if model["cell"] == "lstm" else states[0],)
            h, after = self.rnn(x, *start)
            if model["mode"] != "many_to_one":
                return self.readout(h)
            h_n = after[0] if isinstance(after, tuple) else after
            return self.readout(torch.cat([h_n[-2], h_n[-1]], 1) if both else h_n[-1])

    net = Net()
    net.load_state_dict(tensors)
    # PyTorch adds two biases, so that their sum would take each step twice: the second is trained where it is one of its own.
    for name, bias in net.rnn.named_parameters():
        if name.startswith("bias_hh"):
            own = torch.zeros_like(bias)
            if model["cell"] == "gru":
                own[2 * H :] = 1
            bias.register_hook(lambda gradient, own=own: gradient * own)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    losses = []
    for inputs, targets in batches:
        outputs = net(inputs)
        if model["readout"]["kind"] == "softmax":
            flat = outputs.reshape(-1, outputs.shape[-1])
            loss = torch.nn.functional.cross_entropy(flat, targets.reshape(-1).long(), ignore_index=-1)
        else:
            loss = torch.nn.functional.mse_loss(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    save_file(net.state_dict(), path.with_suffix(f".back{path.suffix}"))
    return losses


def train_keras(path, batches, learning_rate):
    import h5py
    import keras

    from check_exports import build_keras

    with h5py.File(path) as file:
        model = json.loads(bytes(file["unroll"]["unroll.model"][()]).decode())
    net = build_keras(model)
    net.load_weights(path)
    # The second row of the bias of a GRU is added to the first but for the candidate: it is trained where it is one of its own.
    optimizer = keras.optimizers.SGD(learning_rate)
    losses = []
    for inputs, targets in batches:
        x = inputs.transpose(0, 1)
        if model["inputs"]["kind"] == "symbols" and not model["embedding_size"]:
            x = keras.ops.one_hot(x, model["inputs"]["size"])
        outputs = net(x, training=True)
        if model["readout"]["kind"] == "softmax":
            wanted = (targets.T if targets.ndim == 2 else targets).reshape(-1).long()
            loss = torch.nn.functional.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), wanted, ignore_index=-1)
        else:
            loss = keras.ops.mean(keras.losses.mean_squared_error(targets, outputs))
        net.zero_grad()
        loss.backward()
        gradients = [mask_second(model, v.path, v.value.grad) for v in net.trainable_variables]
        with torch.no_grad():
            optimizer.apply(gradients, net.trainable_variables)
        losses.append(loss.item())
    net.save_weights(path.parent / f"{path.name.removesuffix('.weights.h5')}.back.weights.h5")
    net.save(path.parent / f"{path.name.removesuffix('.weights.h5')}.back.keras")
    return losses


def mask_second(model, path, gradient):
    if model.get("reset") == "after" and path.endswith("/bias") and gradient.ndim == 2:
        gradient = gradient.clone()
        gradient[1, : 2 * gradient.shape[1] // 3] = 0
    return gradient


TOOLS = {"pytorch": (".safetensors", train_pytorch), "keras": (".weights.h5", train_keras)}


def main(folder):
    for tool, (ending, train) in TOOLS.items():
        files = sorted((folder / "round_trip" / tool).glob("*.batches"))
        for batches in files:
            path = batches.with_suffix(ending)
            losses = train(path, *read_batches(batches))
            batches.with_suffix(".losses.json").write_text(json.dumps(losses))
        print(f"{tool}: {len(files)} networks trained there")
        assert files


if __name__ == "__main__":
    main(Path(sys.argv[1]))
