import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricsBuckets } from '@unroll/client'
import { Columns, countUpTo, nearestIndex } from './columns.ts'

function filled(steps: number, from = 1): Columns {
  const columns = new Columns()
  const all = Array.from({ length: steps }, (_, index) => from + index)
  columns.append(all, { loss: all.map((step) => 1 / step) })
  return columns
}

test('Columns keeps every row while it grows past its first capacity', () => {
  const columns = filled(1000)
  for (let page = 1; page < 10; page += 1) {
    const steps = Array.from({ length: 1000 }, (_, index) => page * 1000 + index + 1)
    columns.append(steps, { loss: steps.map((step) => 1 / step) })
  }
  assert.equal(columns.length, 10_000)
  assert.deepEqual(
    [...columns.steps],
    Array.from({ length: 10_000 }, (_, index) => index + 1),
  )
  assert.ok(columns.column('loss').values.every((value, row) => value === 1 / (row + 1)))
  assert.ok(columns.column('loss').present.every((flag) => flag === 1))
})

test('Columns keeps NaN and infinities as data and null as not measured', () => {
  const columns = new Columns()
  columns.append([1, 2, 3, 4, 5], { norm: [Number.NaN, Infinity, -Infinity, null, 0] })
  const { values, present } = columns.column('norm')
  assert.deepEqual([...values.subarray(0, 3)], [Number.NaN, Infinity, -Infinity])
  assert.deepEqual([...present], [1, 1, 1, 0, 1])
})

test('Columns.append() fills a series that comes late or stays away with nothing measured', () => {
  const columns = new Columns()
  columns.append([1, 2], { loss: [3, 2] })
  columns.append([3], { loss: [1], evaluation_loss: [4] })
  columns.append([4], { evaluation_loss: [5] })
  assert.deepEqual([...columns.column('evaluation_loss').present], [0, 0, 1, 1])
  assert.deepEqual([...columns.column('loss').present], [1, 1, 1, 0])
  assert.deepEqual([...columns.column('unheard_of').present], [0, 0, 0, 0])
})

test('Columns.append() leaves out steps it already has, so a repeated page changes nothing', () => {
  const columns = filled(5)
  columns.append([4, 5, 6], { loss: [9, 9, 9] })
  assert.deepEqual([...columns.steps], [1, 2, 3, 4, 5, 6])
  assert.equal(columns.column('loss').values[3], 1 / 4)
  assert.equal(columns.column('loss').values[5], 9)
})

const BUCKETS: MetricsBuckets = {
  object: 'metrics',
  cursor: '1.9',
  done: false,
  first_step: 1,
  bucket_steps: 4,
  steps: [1, 5, 9],
  last_step: 9,
  series: {
    loss: {
      n: [4, 2, 0],
      min: [1, -7, null],
      max: [3, 5, null],
      max_step: [2, 5, null],
      mean: [2, -1, null],
      last: [1, Number.NaN, null],
      nonfinite: [0, 2, 0],
      nan: [0, 1, 0],
      negative_infinity: [0, 1, 0],
    },
  },
}

test('Columns.show() of buckets has a row at the last step of each, and keeps what they stand for', () => {
  const columns = filled(10)
  columns.show(BUCKETS)
  assert.deepEqual([columns.isWhole, columns.firstStep, columns.lastStep], [false, 1, 9])
  assert.deepEqual([...columns.steps], [4, 8, 9])
  const { values, present, spread } = columns.column('loss')
  assert.deepEqual([...present], [1, 1, 0])
  assert.deepEqual([...values.subarray(0, 2)], [1, Number.NaN])
  assert.deepEqual([...(spread?.first ?? [])], [1, 5, 9])
  assert.deepEqual([...(spread?.n ?? [])], [4, 2, 0])
  assert.deepEqual([...(spread?.least ?? [])], [1, -7, Infinity])
  assert.deepEqual([...(spread?.greatest ?? [])], [3, 5, -Infinity])
  assert.deepEqual([spread?.nan[1], spread?.infinity[1], spread?.negativeInfinity[1]], [1, 0, 1])
})

test('Columns.append() to buckets adds rows of one step each', () => {
  const columns = new Columns()
  columns.show(BUCKETS)
  const steps = Array.from({ length: 2_000 }, (_, index) => 10 + index)
  columns.append(steps, { loss: steps.map((step) => (step === 11 ? Infinity : step)), late: steps })
  const { values, spread } = columns.column('loss')
  assert.deepEqual([columns.length, values[3], values[2_002]], [2_003, 10, 2_009])
  assert.deepEqual([spread?.first[3], spread?.n[3], spread?.mean[3], spread?.greatest[0]], [10, 1, 10, 3])
  assert.deepEqual([spread?.n[4], spread?.infinity[4]], [0, 1])
  assert.deepEqual([...columns.column('late').present.subarray(0, 4)], [0, 0, 0, 1])
})

test('Columns.show() of rows starts over with them', () => {
  const columns = filled(10)
  columns.show({ object: 'metrics', cursor: '1.2', done: true, first_step: 3, steps: [3, 4], series: { loss: [7, 8] } })
  assert.deepEqual([columns.isWhole, ...columns.steps], [true, 3, 4])
  assert.deepEqual([...columns.column('loss').values], [7, 8])
})

const STEPS = Float64Array.from([10, 20, 30, 40])

for (const [step, count, nearest] of [
  [5, 0, 0],
  [10, 1, 0],
  [14, 1, 0],
  [16, 1, 1],
  [35, 3, 2],
  [40, 4, 3],
  [99, 4, 3],
] as const) {
  test(`countUpTo() counts ${count} steps up to ${step}, and nearestIndex() is ${nearest}`, () => {
    assert.equal(countUpTo(STEPS, step), count)
    assert.equal(nearestIndex(STEPS, step), nearest)
  })
}

test('nearestIndex() is -1 where there are no steps', () => {
  assert.equal(nearestIndex(new Float64Array(0), 3), -1)
})
