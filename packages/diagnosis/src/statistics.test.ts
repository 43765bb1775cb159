import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitLine } from './statistics.ts'

test('fitLine() gives value, slope and errors of the least-squares line', () => {
  const { end, slope, endError, slopeError } = fitLine([
    [1, 2],
    [2, 1],
    [3, 3],
    [4, 2],
  ])
  // residuals 0.3, -0.9, 0.9, -0.3: variance 1.8 / 2, spread of x 5
  const near = (value: number, wanted: number) => assert.ok(Math.abs(value - wanted) < 1e-12, `${value}`)
  near(slope, 0.2)
  near(end, 2.3)
  near(slopeError, Math.sqrt(0.9 / 5))
  near(endError, Math.sqrt(0.9 * (1 / 4 + 1.5 ** 2 / 5)))
})

test('fitLine() of a point has no slope, and of two no error', () => {
  assert.ok(Number.isNaN(fitLine([[1, 2]]).slope))
  const two = fitLine([
    [1, 2],
    [2, 4],
  ])
  assert.deepEqual([two.slope, two.end], [2, 4])
  assert.ok(Number.isNaN(two.slopeError))
})
