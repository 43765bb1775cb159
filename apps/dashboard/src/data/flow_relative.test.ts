import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastNorms, relateToLast, traceReach } from './flow_relative.ts'
import { MISSING, type FlowGrid, type FlowLines } from './flow_rows.ts'

function grid(rows: number[][], lines: Partial<FlowLines> = {}): FlowGrid {
  return {
    steps: Float64Array.from(rows, (_, row) => 10 * (row + 1)),
    spans: Float64Array.from(rows, () => 1),
    lines: { from: 1, width: 1, count: rows[0]?.length ?? 0, ...lines },
    values: Float32Array.from(rows.flat()),
    counts: { nan: 0, infinity: 0, zero: 0 },
  }
}

test('relateToLast() subtracts the norm at t = T of each row', () => {
  const whole = grid([
    [-6, -4, -1],
    [2, 1, 0.5],
  ])
  assert.deepEqual([...relateToLast(whole, lastNorms(whole, whole)).values], [-5, -3, 0, 1.5, 0.5, 0])
})

test('relateToLast() keeps NaN, Infinity and zero, and leaves out what has no norm at T to relate to', () => {
  const whole = grid([
    [Number.NaN, Infinity, -Infinity, -2],
    [-3, -4, -5, Number.NaN],
    [-3, MISSING, -5, -Infinity],
  ])
  assert.deepEqual(
    [...relateToLast(whole, lastNorms(whole, whole)).values],
    [Number.NaN, Infinity, -Infinity, 0, MISSING, MISSING, MISSING, Number.NaN, MISSING, MISSING, MISSING, -Infinity],
  )
})

test('a part of the time steps is related to T, which it does not have', () => {
  const part = grid([[-6, -4]])
  const whole = grid([[-6, -4, -1]])
  assert.deepEqual([...relateToLast(part, lastNorms(part, whole)).values], [-5, -3])
})

for (const [words, row, lines, t] of [
  ['is where the norm first falls below ε of that at T', [-9, -3.1, -2.9, -1], {}, 3],
  ['is 0 where all of the window reaches', [-2, -2, -1.5, -1], {}, 0],
  ['is found at the first fall, though it rises again before', [-1, -9, -2, -1], {}, 3],
  ['cannot be told where a norm on the way is NaN', [-9, Number.NaN, -2, -1], {}, Number.NaN],
  ['is at an exact zero', [-Infinity, -2, -2, -1], {}, 2],
  ['counts lines of several time steps', [-9, -2, -2, -1], { width: 5 }, 6],
] as const) {
  test(`the horizon ${words}`, () => {
    const whole = grid([[...row]], lines)
    assert.deepEqual([...traceReach(whole, lastNorms(whole, whole), 0.01).timesteps], [t])
  })
}
