#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm), tf.layers.masking() and an embedding with maskZero before a loss.
#
# Behaviour: the mask reaches the recurrent layers, which step over what is masked, and ends there: loss and metrics count the
# masked steps like the others. With two steps of loss 1 and two masked ones of loss 25 the loss is 13, and the gradient of
# a network that cannot see the padding is made by the padding's targets.
# Expected: 1, as Keras for Python, whose API this is, leaves masked steps out of the loss by itself. The page of masking
# says that masked steps are skipped by the layers after it; none says that the loss is not masked.
# For whom: whoever carries a tagger or forecaster of sequences of unequal lengths from Keras to the browser and trains on.
# Remedy: a loss of one's own that multiplies by the mask (sampleWeight of fit() is not there yet: it raises).
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
const x = tf.tensor3d([[[1, 2], [3, 1], [0, 0], [0, 0]]])
const targets = tf.tensor3d([[[1], [1], [5], [5]]])

const recurrent = tf.sequential({ layers: [
  tf.layers.masking({ maskValue: 0, inputShape: [4, 2] }),
  tf.layers.gru({ units: 2, returnSequences: true, biasInitializer: 'ones' }),
] })
const [steps] = recurrent.predict(x).arraySync()
assert.deepEqual(steps[2], steps[1]) // the mask holds the state
assert.deepEqual(steps[3], steps[1])

const model = tf.sequential({ layers: [
  tf.layers.masking({ maskValue: 0, inputShape: [4, 2] }),
  tf.layers.dense({ units: 1, kernelInitializer: 'zeros', useBias: true }),
] })
model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.5), metrics: ['mse'] })
const [loss, metric] = model.evaluate(x, targets).map((value) => value.dataSync()[0])
console.log({ loss, metric, 'loss of the steps that are not masked': 1 })
assert.equal(loss, 13)
assert.equal(metric, 13)

await model.fit(x, targets, { epochs: 1, verbose: 0 })
const [bias] = model.getWeights()[1].dataSync()
console.log('bias after a step of 0.5:', bias, 'without the masked steps: 1')
assert.ok(Math.abs(bias - 3) < 1e-5) // the mean of all four targets
console.log(`tfjs ${tf.version.tfjs}: 5 numbers as described`)
JAVASCRIPT
node run.mjs 2>&1 | grep -v -e ==== -e 'Hi, looks' -e '^$'
