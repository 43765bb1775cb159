#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0 (npm) beside @tensorflow/tfjs-backend-cpu 4.22.0.
#
# Behaviour: on WebAssembly NaN becomes a number: clipByValue(NaN, -1, 1) is -1, relu6(NaN) is 0, a matrix product with fused
# relu or relu6, as a Dense layer uses it, is 0, and a mean over a window that holds NaN (avgPool) is -Infinity. relu, tanh,
# sigmoid, maximum and the plain matrix product keep NaN. The cpu backend of the same version gives NaN everywhere.
# Expected: NaN, as in the other backends and in TensorFlow for Python; the pages of the operators do not speak of NaN.
# For whom: whoever clips gradients by value: a NaN becomes a full step down, the next loss
# is finite, and the network is lost without a sign. Remedy: look at isFinite of the gradients' norm before clipping.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import '@tensorflow/tfjs-backend-cpu'

const vector = () => tf.tensor1d([NaN, 0.5])
const dense = (activation) => tf.fused.matMul({ a: tf.tensor2d([[NaN]]), b: tf.tensor2d([[1]]), activation })
const operators = {
  clipByValue: [() => tf.clipByValue(vector(), -1, 1), -1],
  relu6: [() => tf.relu6(vector()), 0],
  'matMul with relu': [() => dense('relu'), 0],
  'matMul with relu6': [() => dense('relu6'), 0],
  avgPool: [() => tf.avgPool(tf.tensor4d([NaN, 1, 2, 3], [1, 2, 2, 1]), 2, 1, 'valid'), -Infinity],
  relu: [() => tf.relu(vector()), NaN],
  tanh: [() => tf.tanh(vector()), NaN],
  sigmoid: [() => tf.sigmoid(vector()), NaN],
  maximum: [() => tf.maximum(vector(), 0), NaN],
  'matMul with sigmoid': [() => dense('sigmoid'), NaN],
  matMul: [() => tf.matMul(tf.tensor2d([[NaN]]), tf.tensor2d([[1]])), NaN],
}
const seen = {}
for (const backend of ['wasm', 'cpu']) {
  await tf.setBackend(backend)
  for (const [name, [operator, onWasm]] of Object.entries(operators)) {
    const [got] = operator().dataSync()
    seen[name] = { ...seen[name], [backend]: got }
    assert.equal(got, backend === 'wasm' ? onWasm : NaN, `${name} on ${backend}`)
  }
}
console.table(seen)
console.log(`tfjs ${tf.version_core}: ${Object.keys(seen).length} operators on 2 backends as described`)
JAVASCRIPT
node run.mjs
