#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm), tf.grad() of cumsum, mirrorPad and avgPool.
#
# Behaviour: three gradients are wrong without an error, on every backend as they are in the core. cumsum along any axis but
# the last gives the gradient transposed (for other than square shapes an error of shapes comes). mirrorPad leaves out what
# the mirrored copies add. avgPool with padding 'same' divides at the edge by the whole window although the forward pass
# divides by the part inside. The values of the three are right, and so are the gradients of cumsum along the last axis and of
# avgPool with 'valid'.
# Expected: the derivative, as finite differences and TensorFlow for Python give it.
# For whom: whoever sums along time where time is not the last axis, or pads or pools sequences, and trains through it.
# The pages of the operators name no limit. Remedy: transpose before and after cumsum, gather in place of mirrorPad, 'valid'
# with pad() in place of 'same'; and a check by finite differences for each new operator.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'

await tf.setBackend('cpu')
const shape = [3, 3]
const size = 9
/** A loss that weighs every element of an output by another number, so that a permutation shows. */
const lossOf = (operator) => (x) => {
  const y = operator(x)
  return y.mul(tf.range(1, y.size + 1).reshape(y.shape)).sum()
}
const point = Array.from({ length: size }, (_, i) => Math.sin(i))
const differences = (loss) =>
  point.map((_, i) => {
    const [up, down] = [0.5, -0.5].map((step) => loss(tf.tensor(point.map((v, j) => (i === j ? v + step : v)), shape)).dataSync()[0])
    return up - down // exact, as all of the operators are linear
  })
const pool = (padding) => (x) => tf.avgPool(x.reshape([3, 3, 1]), 2, 1, padding)
const operators = {
  'cumsum along the first axis': [(x) => tf.cumsum(x, 0), false],
  'mirrorPad reflect': [(x) => tf.mirrorPad(x, [[1, 1], [1, 1]], 'reflect'), false],
  'mirrorPad symmetric': [(x) => tf.mirrorPad(x, [[1, 1], [1, 1]], 'symmetric'), false],
  'avgPool same': [pool('same'), false],
  'cumsum along the last axis': [(x) => tf.cumsum(x, 1), true],
  'cumsum between transposes': [(x) => tf.cumsum(x.transpose(), 1).transpose(), true],
  'avgPool valid': [pool('valid'), true],
  'pad with zeros': [(x) => tf.pad(x, [[1, 1], [1, 1]]), true],
}
for (const [name, [operator, right]] of Object.entries(operators)) {
  const loss = lossOf(operator)
  const gradient = [...tf.grad(loss)(tf.tensor(point, shape)).dataSync()]
  const known = differences(loss)
  const error = Math.max(...known.map((value, i) => Math.abs(value - gradient[i])))
  console.log(name.padEnd(28), right ? 'right' : 'wrong', 'largest difference', error.toFixed(4))
  assert.equal(error < 0.001, right, name)
  assert.ok(right || error > 1, name)
}
const weights = tf.tensor2d([[1, 10], [100, 1000]])
const transposed = tf.grad((x) => tf.cumsum(x, 0).mul(weights).sum())(tf.zeros([2, 2])).arraySync()
assert.deepEqual(transposed, [[101, 100], [1010, 1000]]) // the derivative is [[101, 1010], [100, 1000]]
const mirrored = tf.grad((x) => tf.mirrorPad(x, [[1, 1]], 'reflect').sum())(tf.tensor1d([1, 2, 3])).arraySync()
assert.deepEqual(mirrored, [1, 1, 1]) // the derivative is [1, 3, 1]
console.log(`tfjs ${tf.version.tfjs}: ${Object.keys(operators).length + 2} gradients as described`)
JAVASCRIPT
node run.mjs 2>&1 | grep -v -e ==== -e 'Hi, looks' -e '^$'
