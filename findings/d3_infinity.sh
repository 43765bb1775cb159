#!/usr/bin/env bash
# d3-array 3 of d3 7.9.2 (npm), median(), quantile() and blur().
#
# Behaviour: a single Infinity spoils what does not depend on it. median([1, 2, Infinity]) is NaN, though 2 stands in the
# middle: the value at the place is interpolated towards the next with a weight of 0, and 0 · Infinity is NaN. blur() keeps a
# running sum: after an Infinity every later value is NaN, and after 1e20 the rest of the line is off by thousands (6374
# where the mean is 7.8), far outside the radius. simple-statistics and mathjs give 2 for the median.
# Expected: 2, and a mean of the values within the radius. The page of d3-array says how null, undefined and NaN are taken (left
# out), and says nothing of Infinity, which min, max and extent take as a number.
# For whom: whoever draws medians of gradient norms over seeds, or a smoothed loss, of runs of which one exploded. Remedy: sort
# and take the middle; replace what is not finite before blur().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts d3@7.9.2 simple-statistics@7.12.1 mathjs@15.2.0
cat > run.mjs <<'JAVASCRIPT'
import assert from 'node:assert/strict'
import { blur, max, median, quantile } from 'd3'
import { median as mathMedian } from 'mathjs'
import { median as simpleMedian } from 'simple-statistics'

const medians = [
  [[1, 2, Infinity], NaN, 2],
  [[1, 2, 3, 4, Infinity], 3, 3],
  [[1, Infinity, Infinity], NaN, Infinity],
  [[-Infinity, 1, 2, 3, 4], 2, 2],
]
for (const [values, known, right] of medians) {
  const got = median(values)
  console.log('median of', values, got)
  assert.equal(got, known)
  assert.equal(simpleMedian(values), right)
  assert.equal(mathMedian(values), right)
}
assert.equal(quantile([1, 2, 3, 4, Infinity], 0.75), NaN)
assert.equal(max([1, 2, Infinity]), Infinity)

const line = (spike) => [1, 2, spike, 3, 4, 5, 6, 7, 8, 9]
const finite = blur(line(2.5), 1)
const [infinite, large] = [Infinity, 1e20].map((spike) => blur(line(spike), 1))
console.log('blurred with radius 1, the last two:', { finite: finite.slice(-2), infinite: infinite.slice(-2), large: large.slice(-2) })
assert.ok(finite.slice(-2).every((value) => value > 7 && value < 9))
assert.ok(infinite.slice(-5).every((value) => Number.isNaN(value)))
assert.ok(large.slice(-2).every((value) => value > 1000))
console.log(`${medians.length + 2} quantiles and 3 blurred lines as described`)
JAVASCRIPT
node run.mjs
