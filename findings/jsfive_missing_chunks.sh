#!/usr/bin/env bash
# jsfive 0.4.2 (npm), the reader of HDF5 in JavaScript alone, on files that h5py 3.16.0 (PyPI) writes; beside h5py itself.
#
# Behaviour: of a data set in chunks of which some were never written, jsfive gives undefined for their numbers, not the fill value
# of the data set. A number of int64 beyond 2^53 loses its last digits without a word.
# Expected: the fill value, as h5py gives and the format says; and BigInt or an error for numbers that a double cannot hold.
# For whom: whoever shows a metric in the browser that a run writes into HDF5 step by step: steps not yet written are undefined, which
# a chart draws as nothing and a sum as NaN. Remedy: h5wasm, the library itself in WebAssembly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet h5py==3.16.0 numpy==2.4.4
npm install --silent --ignore-scripts --no-audit --no-fund jsfive@0.4.2
venv/bin/python - <<'PYTHON'
import h5py, numpy as np
with h5py.File("run.h5", "w") as file:
    loss = file.create_dataset("loss", (6,), "f8", chunks=(2,), fillvalue=7.0)
    loss[0:2] = [1.0, 2.0]
    loss[4:6] = [5.0, 6.0]
    file.create_dataset("tokens", data=np.array([2**53 + 1, 3], "i8"))
with h5py.File("run.h5") as file:
    print("h5py:", file["loss"][:], file["tokens"][:])
    assert list(file["loss"][:]) == [1, 2, 7, 7, 5, 6] and int(file["tokens"][0]) == 2**53 + 1
PYTHON
cat >run.mjs <<'JS'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { File } from 'jsfive'
const bytes = readFileSync('run.h5')
const file = new File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), 'run.h5')
const loss = Array.from(file.get('loss').value)
const tokens = Array.from(file.get('tokens').value)
console.log('jsfive:', loss, tokens.map(String))
assert.deepEqual([loss[0], loss[1], loss[4], loss[5]], [1, 2, 5, 6])
assert.ok(![loss[2], loss[3]].includes(7))
assert.equal(String(tokens[0]), String(2 ** 53))
console.log(`${loss.length + tokens.length} numbers as described`)
JS
node run.mjs
