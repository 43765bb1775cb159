#!/usr/bin/env bash
# synaptic 1.1.4 and neataptic 1.4.7 (npm), an LSTM trained on a set with one value that is not finite.
#
# Behaviour: training ends after the first of 50 passes, as if the wanted error had been reached: the loop goes on while
# error > wanted, which is false of NaN. The result says { error: NaN, iterations: 1 }; nothing is thrown, and each later answer of the
# network is NaN. With finite values all 50 passes are made.
# Expected: an error, or a result that says that training failed.
# For whom: whoever takes an end before `iterations` for success.
# Remedy: look at Number.isFinite(error) of the result, and keep the network of before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts synaptic@1.1.4 neataptic@1.4.7
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const synaptic = require('synaptic')
const neataptic = require('neataptic')

const passes = 50
const options = { iterations: passes, error: 1e-9, rate: 0.1 }
const libraries = {
  synaptic: (set) => {
    const network = new synaptic.Architect.LSTM(1, 2, 1)
    return { ...new synaptic.Trainer(network).train(set, options), answer: network.activate([0])[0] }
  },
  neataptic: (set) => {
    const network = new neataptic.architect.LSTM(1, 2, 1)
    return { ...network.train(set, options), answer: network.activate([0])[0] }
  },
}
let runs = 0
for (const [name, train] of Object.entries(libraries))
  for (const value of [0, Infinity, NaN]) {
    const set = [{ input: [1], output: [1] }, { input: [value], output: [0] }]
    const { error, iterations, answer } = train(set)
    console.log(`${name}, an input of ${value}: ${iterations} passes, error ${error}, answer ${answer}`)
    const isFinite = Number.isFinite(value)
    assert.equal(iterations, isFinite ? passes : 1)
    assert.deepEqual([Number.isNaN(error), Number.isNaN(answer)], [!isFinite, !isFinite])
    runs++
  }
console.log(`synaptic ${require('synaptic/package.json').version}, neataptic ${require('neataptic/package.json').version}: ${runs} runs as described`)
NODE
node seen.cjs
