#!/usr/bin/env bash
# apache-arrow 21.2.0 (npm), tableToIPC().
#
# Behaviour: two columns that are views of one ArrayBuffer and overlap, such as a series and the same series one step
# before, are written wrongly when the one that starts later comes second: the file format gives other numbers back
# without an error, the stream format cannot be read ("Expected to read 128 bytes for message body, but only read 80").
# The same two columns in the other order are right, and so are copies.
# Expected: what a table in memory has is what is written; in memory both columns read right.
# For whom: whoever makes lagged features of a time series with subarray(), which copies nothing. Remedy: slice(), which does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'

const series = Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8)
const before = [0, 1, 2, 3, 4, 5, 6, 7]
const now = [1, 2, 3, 4, 5, 6, 7, 8]
const valuesOf = (table) => ['now', 'before'].map((name) => [...table.getChild(name)])
const read = (table, format) => {
  try {
    return valuesOf(tableFromIPC(tableToIPC(table, format)))
  } catch ({ message }) {
    return message
  }
}

const views = tableFromArrays({ before: series.subarray(0, 8), now: series.subarray(1) })
const turned = tableFromArrays({ now: series.subarray(1), before: series.subarray(0, 8) })
const copies = tableFromArrays({ before: series.slice(0, 8), now: series.slice(1) })
const [file, stream] = ['file', 'stream'].map((format) => read(views, format))
console.log({ file, stream })
assert.deepEqual(valuesOf(views), [now, before])
assert.deepEqual(file[1], before)
assert.equal(file[0][0], 8, 'the second column starts where the first ends')
assert.notDeepEqual(file[0], now)
assert.equal(stream, 'Expected to read 128 bytes for message body, but only read 80.')
for (const format of ['file', 'stream'])
  for (const table of [turned, copies]) assert.deepEqual(read(table, format), [now, before])
console.log('2 formats of 3 tables as described')
JAVASCRIPT
node run.mjs
