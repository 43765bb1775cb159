#!/usr/bin/env bash
# fast-json-stringify 7.3.10 (npm), which fastify writes responses with, beside JSON.stringify.
#
# Behaviour: for `{type: "number"}`, Infinity is written as null, null as 0 and true as 1, without a word; NaN throws. A loss of
# Infinity that passes through two services with such a schema is 0 at the end. A Float32Array for an array of numbers is an
# error, and without a type an object of indices.
# Expected: that numbers JSON cannot have are treated alike, an error as for NaN or null as by JSON.stringify; and that null, which
# is no number, is refused or stays null. The README says that the module does not validate, and tells of coercion for
# integers and dates only.
# For whom: whoever declares the metrics of a diverging run in a response schema. Remedy: `type: ["number", "null"]` keeps null;
# Infinity and NaN as texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund fast-json-stringify@7.3.10
cat >run.cjs <<'JS'
const assert = require('node:assert/strict')
const build = require('fast-json-stringify')
const write = build({ type: 'object', properties: { loss: { type: 'number' } } })
const cases = [
  [Infinity, '{"loss":null}'],
  [-Infinity, '{"loss":null}'],
  [null, '{"loss":0}'],
  [true, '{"loss":1}'],
  [0.5, '{"loss":0.5}'],
]
for (const [loss, expected] of cases) {
  console.log(String(loss), '->', write({ loss }), 'JSON.stringify', JSON.stringify({ loss }))
  assert.equal(write({ loss }), expected)
}
assert.throws(() => write({ loss: NaN }), /NaN/)
const relayed = write(JSON.parse(write({ loss: Infinity })))
console.log('Infinity, relayed once:', relayed)
assert.equal(relayed, '{"loss":0}')
const keep = build({ type: 'object', properties: { loss: { type: ['number', 'null'] } } })
assert.equal(keep({ loss: null }), '{"loss":null}')
assert.throws(() => build({ type: 'array', items: { type: 'number' } })(Float32Array.of(1, 2)))
console.log(`${cases.length} values as described`)
JS
node run.cjs
