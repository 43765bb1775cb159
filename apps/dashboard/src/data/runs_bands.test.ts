import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '@unroll/client'
import type { Column } from './columns.ts'
import { groupRepeats, mergeRepeats } from './runs_bands.ts'

const spec = (rate: number, seed: number, name: string) =>
  ({ name, metadata: {}, training: { seed, max_steps: 9 }, optimizer: { learning_rate: rate } }) as unknown as JobSpec

test('groupRepeats() has runs together that differ in seed and name alone', () => {
  assert.deepEqual(groupRepeats([spec(1, 1, 'a'), spec(2, 1, 'b'), spec(1, 2, 'c'), spec(1, 3, 'd')]), [[0, 2, 3], [1]])
})

const column = (values: (number | null)[]): Column => ({
  values: Float64Array.from(values, (value) => value ?? 0),
  present: Uint8Array.from(values, (value) => Number(value !== null)),
})

test('mergeRepeats() has the median, and a band from the least to the greatest, with NaN and Infinity counted', () => {
  const steps = Float64Array.of(1, 2, 3, 4)
  const repeats = [
    { steps, column: column([1, 5, Number.NaN, null]) },
    { steps, column: column([2, Infinity, 7, null]) },
    { steps: steps.subarray(0, 3), column: column([9, 4, 3]) },
  ]
  const { values, present, spread } = mergeRepeats(repeats, steps)
  assert.deepEqual([...values], [2, 4.5, 5, 0])
  assert.deepEqual([...present], [1, 1, 1, 0])
  assert.deepEqual(
    [[...spread!.least].slice(0, 3), [...spread!.greatest].slice(0, 3)],
    [
      [1, 4, 3],
      [9, 5, 7],
    ],
  )
  assert.deepEqual(
    [[...spread!.nan], [...spread!.infinity]],
    [
      [0, 0, 1, 0],
      [0, 1, 0, 0],
    ],
  )
})
