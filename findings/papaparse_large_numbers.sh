#!/usr/bin/env bash
# papaparse 5.7.1 (npm) with dynamicTyping.
#
# Behaviour: a number beyond ±2^53 stays a string even where it has an exponent: of one column, 9e15 arrives as a number and
# 3.4e38 as the string "3.4e38". NaN and Infinity stay strings as well. d3-dsv 3.0.1 with autoType makes numbers of them all.
# Expected: a float such as 3.4e38 loses nothing by becoming a number; the limit is meant for integers with many digits.
# For whom: whoever plots gradient norms of an exploding run in a browser. Remedy: a transform that calls Number().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts papaparse@5.7.1 d3-dsv@3.0.1
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import Papa from 'papaparse'
import { autoType, csvParse } from 'd3-dsv'

const text = 'grad_norm\n1.5\n9e15\n1e16\n3.4e38\nNaN\nInfinity'
const papa = Papa.parse(text, { header: true, dynamicTyping: true }).data.map((row) => row.grad_norm)
const d3 = csvParse(text, autoType).map((row) => row.grad_norm)
const transformed = Papa.parse(text, { header: true, transform: Number }).data.map((row) => row.grad_norm)
console.log({ papa, d3, transformed })
assert.deepEqual(papa, [1.5, 9e15, '1e16', '3.4e38', 'NaN', 'Infinity'])
assert.deepEqual(d3, [1.5, 9e15, 1e16, 3.4e38, NaN, Infinity])
assert.deepEqual(transformed, d3)
console.log(`${papa.length} values in 3 ways as described`)
JAVASCRIPT
node run.mjs
