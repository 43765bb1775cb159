import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptySpread } from '../../data/spread.ts'
import { traceSpark } from './sparkline.ts'

test('a spike of one step in a bucket of a thousand is in the curve', () => {
  const spread = emptySpread(2)
  const buckets = [
    [0.1, 0.2],
    [0.1, 100],
  ] as const
  for (const [row, [least, greatest]] of buckets.entries()) {
    spread.least[row] = least
    spread.greatest[row] = greatest
  }
  const column = { values: Float64Array.of(0.15, 0.15), present: Uint8Array.of(1, 1), spread }
  const { d, nonfinite } = traceSpark(Float64Array.of(1000, 2000), column)
  assert.match(d, /96 2L96 24$/, 'from the top to the bottom')
  assert.deepEqual(nonfinite, [])
})

test('NaN and Infinity are marked where they are', () => {
  const column = { values: Float64Array.of(1, Number.NaN, 2, Infinity), present: Uint8Array.of(1, 1, 1, 1) }
  const { d, nonfinite } = traceSpark(Float64Array.of(1, 2, 3, 4), column)
  assert.deepEqual(nonfinite, [48, 96])
  assert.equal(d.match(/[ML]/g)?.length, 2)
})
