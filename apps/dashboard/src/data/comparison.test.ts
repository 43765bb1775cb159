import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeSeries } from './comparison.ts'

const series = (name: string, steps: number[], values: number[]) => ({
  name,
  steps: Float64Array.from(steps),
  column: { values: Float64Array.from(values), present: Uint8Array.from(values, (value) => Number(value !== -1)) },
})

test('mergeSeries() has a row for each step of any run, and nothing present where a run has none', () => {
  const { steps, columns } = mergeSeries([
    series('a', [1, 2, 3, 4], [10, -1, Number.NaN, 40]),
    series('b', [2, 10], [5, 6]),
  ])
  assert.deepEqual([...steps], [1, 2, 3, 4, 10])
  assert.deepEqual([...(columns.get('a')?.present ?? [])], [1, 0, 1, 1, 0])
  assert.deepEqual([...(columns.get('b')?.present ?? [])], [0, 1, 0, 0, 1])
  assert.ok(Number.isNaN(columns.get('a')?.values[2]))
  assert.deepEqual([columns.get('b')?.values[1], columns.get('b')?.values[4]], [5, 6])
})

test('mergeSeries() keeps what buckets stand for', () => {
  const two = (least: number, greatest: number) => Float64Array.of(least, greatest)
  const spread = { first: two(1, 5), n: two(4, 4), least: two(0, 1), greatest: two(8, 9), mean: two(3, 4) }
  const none = { nan: two(0, 0), infinity: two(0, 0), negativeInfinity: two(0, 0) }
  const bucketed = { ...series('a', [4, 8], [1, 2]).column, spread: { ...spread, ...none } }
  const { steps, columns } = mergeSeries([
    { name: 'a', steps: two(4, 8), column: bucketed },
    series('b', [1, 8], [5, 6]),
  ])
  const merged = columns.get('a')?.spread
  assert.deepEqual([...steps], [1, 4, 8])
  assert.deepEqual([merged?.first[1], merged?.greatest[1], merged?.least[2]], [1, 8, 1])
  assert.equal(columns.get('b')?.spread, undefined)
})

test('mergeSeries() of nothing is empty', () => {
  assert.equal(mergeSeries([]).steps.length, 0)
})
