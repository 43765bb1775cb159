#!/usr/bin/env bash
# numpy-parser 1.2.3 (npm) on .npy files that numpy 2.4.6 (PyPI) writes; held against npyjs 1.2.0 (npm).
#
# Behaviour: an array of texts of two or four characters is read as whole numbers, without an error: the header is made lower case before
# it is read, so that `<U2`, texts, becomes `<u2`, numbers of 16 bits, and `<U4` those of 32. Each text gives two or four times two numbers,
# most of them 0; the shape that comes with them does not fit their count. Texts of one, three or five characters are refused, if by a
# ReferenceError. A vector of n numbers has the shape [n, 1].
# Expected: the texts, as npyjs gives them, or an error whatever their length; the shape [n].
# For whom: whoever reads labels or names of channels beside arrays in a browser or in Node: "up" or "left" become numbers, and a data
# set whose longest label has three characters works as long as it is refused.
# Remedy: npyjs for texts; or labels as numbers and their names in JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts numpy-parser@1.2.3 npyjs@1.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np

np.save('numbers.npy', np.array([0.5, 1.5, 2.5], dtype='f4'))
for length in (1, 2, 3, 4, 5):
    np.save(f'texts{length}.npy', np.array(['x' * length, 'y']))
PYTHON
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { fromArrayBuffer } = require('numpy-parser')
const npyjs = require('npyjs')
const Npyjs = npyjs.default ?? npyjs
console.warn = () => {} // of headers that are padded to another length

const bytesOf = (name) => Uint8Array.from(readFileSync(`${name}.npy`)).buffer
function read(name) {
  try {
    const { data, shape } = fromArrayBuffer(bytesOf(name))
    return { kind: data.constructor.name, count: data.length, shape }
  } catch (error) {
    return { error: `${error.name}: ${error.message}` }
  }
}

const REFUSED = { error: 'ReferenceError: dtype is not defined' }
const cases = [ // file, what is read
  ['numbers', { kind: 'Float32Array', count: 3, shape: [3, 1] }],
  ['texts1', REFUSED],
  ['texts2', { kind: 'Uint16Array', count: 8, shape: [2, 1] }],
  ['texts3', REFUSED],
  ['texts4', { kind: 'Uint32Array', count: 8, shape: [2, 1] }],
  ['texts5', REFUSED],
]
async function main() {
  for (const [name, wanted] of cases) {
    const seen = read(name)
    const { data, shape } = await new Npyjs().parse(bytesOf(name))
    console.log(`${name}: numpy-parser ${JSON.stringify(seen)}, npyjs ${JSON.stringify(Array.from(data))} [${shape}]`)
    assert.deepEqual(seen, wanted)
    assert.equal(data.length, name === 'numbers' ? 3 : 2)
  }
  console.log(`numpy-parser: ${cases.length} files as described`)
}
main()
NODE
node seen.cjs
