#!/usr/bin/env bash
# apache-arrow 21.2.0 (npm), vectorFromArray() and builders of Float16 from numbers.
#
# Behaviour: numbers outside the range of normal half floats become other numbers without an error: 65536 becomes 2, 100000
# becomes 3.05, 1e7 becomes 2.38, 3e-10 becomes 3.7e-5, 1e-20 becomes 1.9e-5, 1e-100 and 1e-300 become NaN. From 4.3e9 on
# and between 65520 and 65535 Infinity comes, as it should; every number that a half float has is written and read exactly.
# Expected: IEEE 754 rounding, as Math.f16round, NumPy and pyarrow have it: Infinity above 65519, 0 below 2.98e-8.
# For whom: whoever stores gradients or activations as half floats: vanishing gradients are just these small numbers.
# The documentation names no range. Remedy: give the bits, makeData({ type: new Float16(), data: Uint16Array }), from a
# library that rounds, such as @petamoriken/float16.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0 @petamoriken/float16@3.9.3
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { Float16, vectorFromArray } from 'apache-arrow'
import { Float16Array, f16round } from '@petamoriken/float16'

const stored = (numbers) => [...vectorFromArray(numbers, new Float16())]
const wrong = [
  [65536, 2],
  [100_000, 3.05078125],
  [-100_000, -3.05078125],
  [1e7, 2.3828125],
  [3e-10, 0.00003719329833984375],
  [1e-20, 0.00001919269561767578],
  [1e-100, NaN],
  [1e-300, NaN],
]
const right = [0.1, 65504, 65519, 65520, 1e10, 1e38, 6e-5, 1e-7, 3e-8, 0]
const columns = ['number', 'stored', 'nearest half float']
console.table(wrong.map(([number]) => Object.fromEntries([number, ...stored([number]), f16round(number)].map((v, i) => [columns[i], v]))))
for (const [number, known] of wrong) {
  assert.deepEqual(stored([number]), [known])
  assert.notEqual(f16round(number), known)
}
assert.deepEqual(stored(right), right.map(f16round))

const halves = [...new Float16Array(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer)].filter((x) => !Number.isNaN(x))
assert.deepEqual(stored(halves), halves)

let off = 0
for (let exponent = -300; exponent <= 30; exponent++) {
  const number = 3 * 10 ** exponent
  off += Object.is(stored([number])[0], f16round(number)) ? 0 : 1
}
console.log(`${off} of 331 powers of ten wrong`)
assert.ok(off > 200)
console.log(`${wrong.length} wrong, ${right.length} and all ${halves.length} half floats right as described`)
JAVASCRIPT
node run.mjs
