import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ema } from './ema.ts'

const column = (values: number[], present = values.map(() => 1)) => ({
  values: Float64Array.from(values),
  present: Uint8Array.from(present),
})

test('ema() of a constant is the constant from the first value on', () => {
  const { values, present } = ema(column([3, 3, 3, 3]), 0.98)
  assert.ok(values.every((value) => Math.abs(value - 3) < 1e-12))
  assert.deepEqual([...present], [1, 1, 1, 1])
})

test('ema() weighs values by powers of its decay', () => {
  const { values } = ema(column([1, 2, 4]), 0.5)
  assert.ok(Math.abs((values[2] ?? 0) - (1 * 0.25 + 2 * 0.5 + 4) / 1.75) < 1e-12)
})

test('ema() has no value where the column has none, and goes on as before behind it', () => {
  const broken = ema(column([1, Number.NaN, Infinity, 9, 4], [1, 1, 1, 0, 1]), 0.5)
  assert.deepEqual([...broken.present], [1, 0, 0, 0, 1])
  assert.equal(broken.values[4], ema(column([1, 4]), 0.5).values[1])
})

test('ema() of buckets of a constant mean is what it is of their values', () => {
  const values = Float64Array.from({ length: 40 }, (_, at) => (at < 20 ? 3 : 5))
  const alone = ema({ values, present: new Uint8Array(40).fill(1) }, 0.9)
  const many = (fill: number) => new Float64Array(4).fill(fill)
  const mean = Float64Array.of(3, 3, 5, 5)
  const counts = { nan: many(0), infinity: many(0), negativeInfinity: many(0) }
  const spread = { first: many(1), n: many(10), least: mean, greatest: mean, mean, ...counts }
  const { values: smooth } = ema({ values: many(0), present: new Uint8Array(4).fill(1), spread }, 0.9)
  for (const [bucket, value] of smooth.entries())
    assert.ok(Math.abs(value - (alone.values[bucket * 10 + 9] ?? 0)) < 1e-12)
})
