"""Trains exported networks on in the tool that they were exported for, by plain gradient descent, and saves them as that tool does.

usage: python train_there.py FOLDER
"""

import json
import sys
from pathlib import Path

from safetensors import safe_open


def read_batches(path):
    with safe_open(path, framework="pt") as file:
        names = sorted({int(name.split(".")[1]) for name in file.keys()})
        batches = [(file.get_tensor(f"inputs.{n}"), file.get_tensor(f"targets.{n}")) for n in names]
        return batches, float(file.metadata()["learning_rate"])


def train_pytorch(path, batches, learning_rate):
    import torch
    from safetensors.torch import load_file, save_file

    with safe_open(path, framework="pt") as file:
        model = json.loads(file.metadata()["unroll.model"])
    tensors = load_file(path)
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}.get(model["cell"], torch.nn.GRU)
    E, H, V = model["embedding_size"], model["hidden_size"], model["inputs"]["size"]

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            if E:
                self.embedding = torch.nn.Embedding(V, E)
            self.rnn = kind(E or V, H, num_layers=model["layers"])
            self.readout = torch.nn.Linear(H, model["readout"]["size"])
            for name in tensors:
                if name.startswith("initial_"):
                    setattr(self, name, torch.nn.Parameter(torch.empty_like(tensors[name])))

        def forward(self, inputs):
            x = inputs
            if model["inputs"]["kind"] == "symbols":
                x = self.embedding(inputs.long()) if E else torch.nn.functional.one_hot(inputs.long(), V).float()
            states = [getattr(self, n).expand(-1, x.shape[1], -1).contiguous() for n in ("initial_h", "initial_c") if hasattr(self, n)]
            start = () if not states else (tuple(states) if model["cell"] == "lstm" else states[0],)
            h, _ = self.rnn(x, *start)
            return self.readout(h[-1] if model["mode"] == "many_to_one" else h)

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


TOOLS = {"pytorch": train_pytorch}


def main(folder):
    for tool, train in TOOLS.items():
        files = sorted((folder / "round_trip" / tool).glob("*.batches"))
        for batches in files:
            (path,) = [p for p in batches.parent.iterdir() if p.stem == batches.stem and p != batches]
            losses = train(path, *read_batches(batches))
            batches.with_suffix(".losses.json").write_text(json.dumps(losses))
        print(f"{tool}: {len(files)} networks trained there")
        assert files


if __name__ == "__main__":
    main(Path(sys.argv[1]))
