#!/usr/bin/env bash
# downsample 1.4.0 (npm).
#
# Behaviour: LTTB and LTD throw "Cannot read properties of undefined" where one of the values is infinite or NaN, whichever bucket it is in
# the middle of: the areas of the next bucket's triangles are NaN, none of which is the largest, and the point that was not
# found is read. LTOB keeps an infinity and drops a NaN. Its type of values allows any number.
# Expected: an infinity kept as the largest of its bucket, and an error that names the value where one cannot be drawn.
# For whom: whoever draws a loss or a gradient norm, whose infinite step is what the chart is looked at for.
# Remedy: split the series at values that are not finite, and draw these as marks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts downsample@1.4.0
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const { version } = require('downsample/package.json')
const { LTTB, LTD, LTOB } = require('downsample')

const at = 50
function outcome(downsample, value) {
  const points = Array.from({ length: 100 }, (_, x) => [x, x === at ? value : Math.sin(x)])
  try {
    return downsample(points, 10).some(([x]) => x === at) ? 'kept' : 'dropped'
  } catch (error) {
    return error.constructor.name
  }
}

const cases = [ // algorithm, what becomes of the value 5, Infinity, -Infinity, NaN
  ['LTTB', LTTB, ['kept', 'TypeError', 'TypeError', 'TypeError']],
  ['LTD', LTD, ['kept', 'TypeError', 'TypeError', 'TypeError']],
  ['LTOB', LTOB, ['kept', 'kept', 'kept', 'dropped']],
]
for (const [name, downsample, wanted] of cases) {
  const seen = [5, Infinity, -Infinity, NaN].map((value) => outcome(downsample, value))
  console.log(`${name}: 5 ${seen[0]}, Infinity ${seen[1]}, -Infinity ${seen[2]}, NaN ${seen[3]}`)
  assert.deepEqual(seen, wanted)
}
console.log(`downsample ${version}: ${cases.length} algorithms as described`)
NODE
node seen.cjs
