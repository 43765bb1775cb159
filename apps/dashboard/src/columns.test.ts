import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('Columns.truncate() drops the void rows of a resumed run and takes the new ones', () => {
  const columns = filled(10)
  columns.truncate(6)
  assert.equal(columns.lastStep, 6)
  columns.append([7, 8], { loss: [70, 80] })
  assert.deepEqual([...columns.steps], [1, 2, 3, 4, 5, 6, 7, 8])
  assert.deepEqual([...columns.column('loss').values.subarray(6)], [70, 80])
  columns.truncate(0)
  assert.equal(columns.length, 0)
  assert.equal(columns.lastStep, 0)
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
