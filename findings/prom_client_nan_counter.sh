#!/usr/bin/env bash
# prom-client 15.1.3 (npm), Counter, Histogram and Summary.
#
# Behaviour: a counter takes NaN: inc(NaN) is not refused, and the counter is NaN for as long as the process lives, whatever is
# added later. A negative number or Infinity is refused with an error, and so is NaN by a histogram or summary.
# Expected: the error that all other numbers which are no increment get; a check of Number.isFinite and of the sign is there,
# and NaN is caught by neither. The text format has it as "Nan". The page of counters says that inc() takes a positive number.
# For whom: whoever counts what is computed, such as seconds of training or tokens per step, with 0 / 0 once: rate() over the
# series gives nothing from then on until the process is started anew. Remedy: if (Number.isFinite(x)) counter.inc(x).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts prom-client@15.1.3
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { Counter, Histogram, Summary, register } from 'prom-client'

const counter = new Counter({ name: 'tokens_total', help: 'tokens' })
const histogram = new Histogram({ name: 'loss', help: 'loss', buckets: [1, 10] })
const summary = new Summary({ name: 'norm', help: 'norm', percentiles: [0.5] })
counter.inc(5)
assert.throws(() => counter.inc(-1), /not possible to decrease/)
assert.throws(() => counter.inc(Infinity), /not a valid number/)
assert.throws(() => histogram.observe(NaN), /not a valid number/)
assert.throws(() => summary.observe(NaN), /not a valid number/)
assert.match(await register.metrics(), /^tokens_total 5$/m)
counter.inc(NaN)
counter.inc(7)
const text = await register.metrics()
console.log(text.match(/^tokens_total .*$/m)[0])
assert.match(text, /^tokens_total Nan$/m)
console.log('6 increments and observations as described')
JAVASCRIPT
node run.mjs
