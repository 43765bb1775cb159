#!/usr/bin/env bash
# tdigest 0.1.2 (npm).
#
# Behaviour: a NaN takes the place of what comes after it. The digest keeps its values in a tree that is searched by comparisons, and
# all comparisons with NaN are false. Of 1,000 rising values with a NaN in the middle the upper half is lost: the median is 0.2485
# in place of 0.5, the 99th percentile 0.494 in place of 0.99. With a NaN in front, one value remains and each percentile is NaN;
# with one at the end or among values in any order little is lost. Nothing is thrown. An infinity does no harm.
# Expected: NaN refused, left out, or NaN for every percentile wherever it comes.
# For whom: whoever streams losses, gradient norms or latencies into a digest, where a NaN is rare and its place is any.
# Remedy: if (!Number.isNaN(value)) digest.push(value), and a count of the rest beside it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts tdigest@0.1.2
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const { version } = require('tdigest/package.json')
const { TDigest } = require('tdigest')

const count = 1000
/** Median and 99th percentile of i/1000, one of which is another value. */
function percentiles(other, at) {
  const digest = new TDigest()
  for (let i = 0; i < count; i++) digest.push(i === at ? other : i / count)
  return digest.percentile([0.5, 0.99])
}

const cases = [ // value, where, median, 99th percentile
  [0.5, 500, 0.5, 0.99],
  [Infinity, 500, 0.5, 0.99],
  [NaN, 999, 0.5, 0.99],
  [NaN, 500, 0.25, 0.495],
  [NaN, 0, NaN, NaN],
]
for (const [value, at, ...wanted] of cases) {
  const seen = percentiles(value, at)
  console.log(`${value} as number ${at} of ${count}: median ${seen[0]}, 99th percentile ${seen[1]}`)
  for (const [n, each] of seen.entries())
    assert.ok(Number.isNaN(wanted[n]) ? Number.isNaN(each) : Math.abs(each - wanted[n]) < 0.005, `${each}`)
}
console.log(`tdigest ${version}: ${cases.length} digests as described`)
NODE
node seen.cjs
