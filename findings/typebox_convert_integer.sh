#!/usr/bin/env bash
# @sinclair/typebox 0.34.52 (npm), Value.Convert with Type.Integer, beside Type.Number and beside ajv 8.20.0 with coerceTypes.
#
# Behaviour: for an integer the text "1e3" becomes 1 and "2.5e2" becomes 2: a text that is a number is read by parseInt, up to the
# first character that is no digit. For a number "0x10" becomes 0 by parseFloat, while for an integer it is 16. Each of these
# passes Check afterwards. ajv coerces "1e3" to 1000 and "0x10" to 16.
# Expected: 1000, 250 and 16 for both types, or that the text stays a text, which a check then refuses.
# For whom: whoever reads steps or sizes from a query or from a CSV, where tools write 1e3 for 1000: max_steps is 1.
# Remedy: a pattern of digits before the conversion.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund @sinclair/typebox@0.34.52 ajv@8.20.0
cat >run.mjs <<'JS'
import assert from 'node:assert/strict'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { Ajv } from 'ajv'

const coerce = new Ajv({ coerceTypes: true }).compile({ type: 'object', properties: { n: { type: 'integer' } } })
const cases = [
  ['1e3', 1, 1000, 1000],
  ['2.5e2', 2, 250, 250],
  ['0x10', 16, 0, 16],
  ['12', 12, 12, 12],
]
for (const [text, integer, number, ajv] of cases) {
  const data = { n: text }
  assert.ok(coerce(data))
  const converted = [Value.Convert(Type.Integer(), text), Value.Convert(Type.Number(), text), data.n]
  console.log(`"${text}": Integer ${converted[0]}, Number ${converted[1]}, ajv ${converted[2]}`)
  assert.deepEqual(converted, [integer, number, ajv])
  assert.ok(Value.Check(Type.Integer(), converted[0]))
}
console.log(`${cases.length} texts as described`)
JS
node run.mjs
