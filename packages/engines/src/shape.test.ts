import assert from 'node:assert/strict'
import { test } from 'node:test'
import { around, broadcastShape, elements, matrixShape, axisSize } from './shape.ts'

test('elements() of a shape is the product of its sizes, 1 of a scalar', () => {
  assert.deepEqual(
    [[], [5], [2, 3, 4], [2, 0]].map((shape) => elements(shape)),
    [1, 5, 24, 0],
  )
})

test('around() gives the sizes before, of and after an axis', () => {
  assert.deepEqual(
    [0, 1, 2].map((axis) => around([2, 3, 4], axis)),
    [
      [1, 2, 12],
      [2, 3, 4],
      [6, 4, 1],
    ],
  )
})

const BROADCAST: readonly (readonly [a: number[], b: number[], shape: number[]])[] = [
  [[], [], []],
  [[3], [], [3]],
  [[2, 3], [3], [2, 3]],
  [
    [2, 3],
    [2, 1],
    [2, 3],
  ],
  [
    [2, 1],
    [1, 3],
    [2, 3],
  ],
  [
    [4, 1, 3],
    [2, 1],
    [4, 2, 3],
  ],
  [[1], [0], [0]],
]

for (const [a, b, shape] of BROADCAST) {
  test(`broadcastShape() of [${a}] and [${b}], whichever comes first, is [${shape}]`, () => {
    assert.deepEqual(broadcastShape(a, b), shape)
    assert.deepEqual(broadcastShape(b, a), shape)
  })
}

test('broadcastShape() refuses sizes that differ, neither of which is 1', () => {
  assert.throws(
    () => broadcastShape([2, 3], [2]),
    new TypeError('Cannot combine tensors as their shapes must match: current values are [2,3] and [2]'),
  )
})

test('matrixShape() and axisSize() refuse shapes without the axes that are asked for', () => {
  assert.deepEqual(matrixShape([2, 3]), [2, 3])
  assert.throws(() => matrixShape([2]), /the shape must be \[rows, columns\]: current value is \[2\]/)
  assert.throws(() => matrixShape([2, 3, 4]), TypeError)
  assert.equal(axisSize([2, 3], 1), 3)
  assert.throws(() => axisSize([2, 3], 2), /Cannot read axis 2 as the shape is \[2,3\]/)
})
