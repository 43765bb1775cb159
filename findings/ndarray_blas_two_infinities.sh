#!/usr/bin/env bash
# ndarray-blas-level1 1.1.3 (npm), nrm2; held against @stdlib/blas-base-dnrm2 0.4.1.
#
# Behaviour: the norm of a vector with one infinity is Infinity, that of one with two or more is NaN. The sum of squares is scaled by the
# largest magnitude, and the second infinity is divided by the first. Finite vectors are right, also where squares would overflow or vanish.
# Expected: Infinity, as IEEE 754 has for hypot and @stdlib gives: no element is NaN.
# For whom: whoever tells an exploded gradient (Infinity) from a broken one (NaN) by its norm: the more it explodes, the more it looks broken.
# Remedy: look for infinities first, or take a norm that does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ndarray@1.0.19 ndarray-blas-level1@1.1.3 @stdlib/blas-base-dnrm2@0.4.1
cat >seen.cjs <<'NODE'
const assert = require('node:assert/strict')
const ndarray = require('ndarray')
const { nrm2 } = require('ndarray-blas-level1')
const dnrm2 = require('@stdlib/blas-base-dnrm2')

const cases = [ // vector, ndarray-blas-level1, @stdlib
  [[3, 4], 5, 5],
  [[3e200, 4e200], 5e200, 5e200],
  [[3e-200, 4e-200], 5e-200, 5e-200],
  [[1, Infinity, 2], Infinity, Infinity],
  [[Infinity, Infinity], NaN, Infinity],
  [[1, Infinity, 2, -Infinity], NaN, Infinity],
]
for (const [values, ...wanted] of cases) {
  const vector = Float64Array.from(values)
  const seen = [nrm2(ndarray(vector)), dnrm2(vector.length, vector, 1)]
  console.log(`[${values}]: ndarray-blas-level1 ${seen[0]}, @stdlib ${seen[1]}`)
  for (const [n, each] of seen.entries())
    assert.ok(Object.is(wanted[n], each) || Math.abs(each / wanted[n] - 1) < 1e-12, `${each}`)
}
console.log(`ndarray-blas-level1: ${cases.length} norms as described`)
NODE
node seen.cjs
