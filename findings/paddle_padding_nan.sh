#!/usr/bin/env bash
# paddlepaddle 3.3.1 (PyPI) on sequences of unequal lengths that tslearn 0.10.0 (PyPI) has padded.
#
# Behaviour: tslearn pads the shorter sequences of a batch with NaN. SimpleRNN, LSTM and GRU of paddle.nn, told the lengths by
# `sequence_length`, give the right outputs of the steps that a sequence has, so that a loss over these is right; but all gradients of all
# weights are NaN, and the outputs behind the end are too: a step behind the end is multiplied by 0 and not left out, and 0 · NaN is NaN.
# With zeros in the same places outputs there are 0, and the gradients are those of the sequences.
# Expected: gradients that do not depend on what stands behind the end, as the loss does not.
# For whom: whoever pads with NaN so that a mistake shows: the mistake shows in the second step, where there was none.
# Remedy: numpy.nan_to_num before the batch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check paddlepaddle==3.3.1 tslearn==0.10.0 setuptools
venv/bin/python - <<'PYTHON'
import warnings

warnings.filterwarnings('ignore')

import numpy as np
import paddle
from paddle import nn
from tslearn.utils import to_time_series_dataset

sequences = [[0.5, -0.25, 1.0], [1.0, 0.5, -0.5, 0.25, 2.0]]
padded = to_time_series_dataset(sequences).astype('float32')
assert np.isnan(padded[0, 3:]).all() and not np.isnan(padded[1]).any()
lengths = paddle.to_tensor([len(each) for each in sequences])


def step(network, batch):
    """The loss over the steps that the sequences have, and the gradients of the weights."""
    outputs, _ = network(paddle.to_tensor(batch), None, lengths)
    assert bool(paddle.isfinite(outputs[0, :3]).all())
    loss = (outputs[0, :3] ** 2).sum() + (outputs[1] ** 2).sum()
    network.clear_gradients()
    loss.backward()
    return float(loss), [weight.grad.numpy() for weight in network.parameters()]


looked = 0
for layer in (nn.SimpleRNN, nn.LSTM, nn.GRU):
    paddle.seed(1)
    network = layer(1, 4)
    loss, gradients = step(network, padded)
    loss_of_zeros, gradients_of_zeros = step(network, np.nan_to_num(padded))
    missing = sum(bool(np.isnan(each).all()) for each in gradients)
    print(f'{layer.__name__}: loss {loss:.6f} and {loss_of_zeros:.6f} with zeros; {missing} of {len(gradients)} gradients are NaN throughout')
    assert loss == loss_of_zeros
    assert all(np.isnan(each).any() for each in gradients)
    assert not any(np.isnan(each).any() for each in gradients_of_zeros)
    looked += len(gradients)
print(f'{looked} gradients as described')
PYTHON
