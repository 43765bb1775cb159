#!/usr/bin/env bash
# ml-matrix 6.15.1 (npm), Matrix.mmulStrassen, beside Matrix.mmul of the same package.
#
# Behaviour: the product of a 5 × 7 and a 7 × 6 matrix is 7 × 7: it has as many rows and columns as the longest side of both, filled
# up with zeros. The numbers inside are right. Of square matrices the product is as that of mmul.
# Expected: 5 × 6, as mmul gives. The comment of the method says that it is faster for large square matrices alone, not that the
# product of others has another shape.
# For whom: whoever multiplies an input [N, X] with weights [X, H]: a sum or a norm of the result is right, its shape is not, and
# with broadcasting or an index of rows the added zeros count as sequences.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund ml-matrix@6.15.1
cat >run.cjs <<'JS'
const assert = require('node:assert/strict')
const { Matrix } = require('ml-matrix')
const fill = (rows, columns) => Matrix.from1DArray(rows, columns, Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) - 5))
let wrong = 0
const shapes = [[5, 7, 6], [3, 5, 2], [2, 3, 2], [4, 6, 5], [6, 6, 6], [4, 4, 4]]
for (const [n, x, h] of shapes) {
  const plain = fill(n, x).mmul(fill(x, h))
  const strassen = fill(n, x).mmulStrassen(fill(x, h))
  const same = [...plain.to2DArray().entries()].every(([row, values]) => values.every((value, column) => Math.abs(strassen.get(row, column) - value) < 1e-9))
  const isRight = strassen.rows === n && strassen.columns === h
  console.log(`[${n},${x}] times [${x},${h}]: mmul [${plain.rows},${plain.columns}], mmulStrassen [${strassen.rows},${strassen.columns}], numbers ${same ? 'equal' : 'differ'}`)
  assert.equal(isRight, n === x && x === h)
  assert.ok(same)
  wrong += isRight ? 0 : 1
}
assert.ok(wrong >= 2)
console.log(`ml-matrix 6.15.1: ${wrong} of ${shapes.length} shapes are wrong, as described`)
JS
node run.cjs
