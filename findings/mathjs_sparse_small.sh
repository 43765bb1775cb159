#!/usr/bin/env bash
# mathjs 15.2.0 (npm), math.sparse, beside math.matrix (dense) of the same package.
#
# Behaviour: a sparse matrix has no small numbers: 1e-17 in it is 0, and so is a sum or a product that comes to 1e-20. What is taken
# for 0 is decided by the tolerance with which mathjs compares numbers (relTol and absTol), not by being 0. Dense matrices
# keep all of them. With an absTol of 1e-300 the sparse matrix keeps them too.
# Expected: that storage keeps values; the page of sparse matrices says that zeros are left out.
# For whom: whoever keeps gradients, whose norms far back in time are 1e-17 and less: an underflow is seen that is none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund mathjs@15.2.0
cat >run.mjs <<'JS'
import assert from 'node:assert/strict'
import { create, all } from 'mathjs'
const math = create(all)
const kept = (of) => of.toArray().flat()
const cases = [
  ['one number', (make) => make([[1e-17, 1]])],
  ['a sum', (make) => math.add(make([[1, 0]]), make([[-1 + 1e-16, 1]]))],
  ['a product', (make) => math.multiply(make([[1e-8]]), make([[1e-8]]))],
]
let lost = 0
for (const [name, compute] of cases) {
  const [sparse, dense] = [kept(compute(math.sparse)), kept(compute(math.matrix))]
  console.log(`${name}: sparse ${sparse}, dense ${dense}`)
  assert.ok(dense[0] !== 0)
  lost += sparse[0] === 0 ? 1 : 0
}
assert.equal(kept(math.sparse([[1e-17, 1]]))[0], 0)
assert.ok(lost >= 2, `${lost} lost`)
const exact = create(all, { absTol: 1e-300 })
console.log('with an absTol of 1e-300:', exact.sparse([[1e-17, 1]]).toArray().flat().join(', '))
assert.equal(exact.sparse([[1e-17, 1]]).toArray()[0][0], 1e-17)
console.log(`mathjs ${math.version}: ${lost} of ${cases.length} lose a number`)
JS
node run.mjs
