"""One training step of the peers' char language model in PyTorch on a device. `plain` has PyTorch's own layers, which are cuDNN's
on a GPU; `flow` has one call a time step, as those keep no gradient of it. Text, starting weights, timing and the line that is
printed are those of the peers' common.py."""

import argparse
import sys

own = argparse.ArgumentParser(add_help=False)
own.add_argument("--device", choices=["gpu", "cpu"], required=True)
own.add_argument("--tf32", choices=["off", "on"], default="off")
own.add_argument("--peers", required=True)
choices, rest = own.parse_known_args()
sys.path.insert(0, choices.peers)
sys.argv[1:] = rest

import common

LAYER = "cudnn" if choices.device == "gpu" else "layer"
a = common.parse("torch", [LAYER, "cell"])

import numpy as np
import torch
import torch.nn.functional as F

P = torch.nn.Parameter
device = torch.device("cuda" if choices.device == "gpu" else "cpu")
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = choices.tf32 == "on"
if choices.device == "gpu" and not torch.cuda.is_available():
    sys.exit(f"torch {torch.__version__} finds no GPU")


def fill(module, w, layer, tail):
    """A second bias that does the same as the first would get the same update: one is enough, as in the other peers."""
    with torch.no_grad():
        getattr(module, "weight_ih" + tail).copy_(w[f"W{layer}"].t())
        getattr(module, "weight_hh" + tail).copy_(w[f"U{layer}"].t())
        getattr(module, "bias_ih" + tail).copy_(w[f"b{layer}"])
        hidden = getattr(module, "bias_hh" + tail)
        hidden.copy_(w[f"c{layer}"]) if f"c{layer}" in w else hidden.zero_()
    hidden.requires_grad_(f"c{layer}" in w)


class Net(torch.nn.Module):
    def __init__(self, impl):
        super().__init__()
        w = {k: torch.from_numpy(v) for k, v in common.weights(a).items()}
        self.impl = impl
        self.emb = P(w["emb"].clone())
        self.out, self.bout = P(w["out"].t().contiguous()), P(w["bout"].clone())
        if impl == "cell":
            kind = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}[a.cell]
            self.rec = torch.nn.ModuleList(kind(a.E if l == 0 else a.H, a.H) for l in range(a.L))
            for l, module in enumerate(self.rec):
                fill(module, w, l, "")
        else:
            kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[a.cell]
            self.rec = kind(a.E, a.H, a.L)
            for l in range(a.L):
                fill(self.rec, w, l, f"_l{l}")

    def forward(self, tokens):
        x = F.embedding(tokens, self.emb)
        self.states = []
        if self.impl != "cell":
            return self.read(self.rec(x)[0])
        for module in self.rec:
            h = c = torch.zeros(a.B, a.H, device=x.device)
            hs = []
            for t in range(a.T):
                if a.cell == "lstm":
                    h, c = module(x[t], (h, c))
                else:
                    h = module(x[t], h)
                if a.variant == "flow":
                    h.retain_grad()
                hs.append(h)
            self.states.append(hs)
            x = torch.stack(hs)
        return self.read(x)

    def read(self, y):
        return F.linear(y.reshape(-1, a.H), self.out, self.bout)


def make(impl):
    def maker():
        net = Net(impl).to(device)
        params = [p for p in net.parameters() if p.requires_grad]
        opt = torch.optim.Adam(params, 1e-3, fused=True)
        tokens, targets = (torch.from_numpy(v.astype(np.int64)) for v in common.batch(a))

        def step():
            loss = F.cross_entropy(net(tokens.to(device)), targets.reshape(-1).to(device))
            opt.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(params, 1.0)
            opt.step()
            flow = None
            if a.variant == "flow":
                norms = [torch.stack(torch._foreach_norm([h.grad for h in hs])) for hs in net.states]
                flow = torch.stack(norms).cpu().numpy()
            return loss.item(), norm.item(), flow

        return step

    return maker


common.run(a, "torch", torch.__version__, {n: make(n) for n in (["cell"] if a.variant == "flow" else [LAYER])})
