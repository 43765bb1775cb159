#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0 (npm).
#
# Behaviour: sum, mean, norm and matMul add float32 numbers one after the other, without partial sums, so that the error
# grows with the number of elements: the mean of 33,554,432 ones is 0.5, the mean of 1,000,000 times 0.1 is 0.1010 and
# their Euclidean norm is 0.7 % too small. The cpu backend of the same version gives 1, 0.1000 and the right norm.
# Expected: pairwise or blocked sums, whose error hardly grows, as the other backends have.
# For whom: whoever averages a loss or takes a gradient's norm over T · N · H elements on WebAssembly. Remedy: add up in
# float64 on the host, or in blocks.
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

const seen = {}
for (const backend of ['wasm', 'cpu']) {
  await tf.setBackend(backend)
  const tenths = tf.fill([1_000_000], 0.1)
  seen[backend] = {
    ones: tf.mean(tf.fill([2 ** 25], 1)).dataSync()[0],
    tenths: Number(tf.mean(tenths).dataSync()[0].toFixed(4)),
    norm: Number(tf.norm(tenths).dataSync()[0].toFixed(1)),
  }
}
console.log(seen)
assert.deepEqual(seen.wasm, { ones: 0.5, tenths: 0.101, norm: 99.3 })
assert.deepEqual(seen.cpu, { ones: 1, tenths: 0.1, norm: 100 })
console.log(`tfjs ${tf.version_core}: 6 numbers as described`)
JAVASCRIPT
node run.mjs
