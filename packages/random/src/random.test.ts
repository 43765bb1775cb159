import assert from 'node:assert/strict'
import test from 'node:test'
import { random } from './random.ts'

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw)
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, variance }
}

test('random() gives the same draws for the same seed, name and index', () => {
  const first = random(7, 'layers.0.Wh', 3)
  const second = random(7, 'layers.0.Wh', 3)
  assert.deepEqual(
    draws(100, () => first.uniform()),
    draws(100, () => second.uniform()),
  )
})

const STREAMS = [
  [1, 'a', 0],
  [2, 'a', 0],
  [2 ** 40, 'a', 0],
  [1, 'b', 0],
  [1, 'a\0', 0],
  [1, '', 0],
  [1, 'a name longer than eight characters', 0],
  [1, 'a name longer than eight characterz', 0],
  [1, 'a', 1],
  [1, 'a', 2 ** 40],
] as const

test('random() gives other draws when seed, name or index differs', () => {
  const firsts = STREAMS.map(([seed, name, index]) => random(seed, name, index).uniform())
  assert.equal(new Set(firsts).size, STREAMS.length)
})

test('uniform() is in [0, 1) with the mean and variance of the uniform distribution', () => {
  const stream = random(1, 'uniform')
  const values = draws(20_000, () => stream.uniform())
  const { mean, variance } = moments(values)
  assert.ok(values.every((value) => value >= 0 && value < 1))
  assert.ok(Math.abs(mean - 1 / 2) < 0.01, `mean ${mean}`)
  assert.ok(Math.abs(variance - 1 / 12) < 0.002, `variance ${variance}`)
})

test('normal() has mean 0, variance 1 and the tails of the normal distribution', () => {
  const stream = random(1, 'normal')
  const values = draws(20_000, () => stream.normal())
  const { mean, variance } = moments(values)
  const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / values.length
  assert.ok(Math.abs(mean) < 0.03, `mean ${mean}`)
  assert.ok(Math.abs(variance - 1) < 0.05, `variance ${variance}`)
  assert.ok(Math.abs(beyondTwo - 0.0455) < 0.006, `share beyond 2: ${beyondTwo}`)
})

test('integer() takes every value below its limit about equally often', () => {
  const stream = random(1, 'integer')
  const counts = Array.from({ length: 7 }, () => 0)
  for (let draw = 0; draw < 7000; draw++) {
    const value = stream.integer(7)
    counts[value] = (counts[value] ?? 0) + 1
  }
  assert.equal(counts.length, 7)
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 150, String(counts))
})

test('shuffled() holds every index once, in an order that depends on the stream', () => {
  const order = random(1, 'epoch', 0).shuffled(100)
  const other = random(1, 'epoch', 1).shuffled(100)
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index),
  )
  assert.notDeepEqual(order, other)
})

test('random() refuses what is not a whole number', () => {
  assert.throws(() => random(-1, 'a'), /the seed must be an integer from 0 to 2\^53 - 1: current value is -1/)
  assert.throws(() => random(1, 'a', 0.5), /the index must be/)
  assert.throws(() => random(1, 'a').integer(0), /below must be an integer ≥ 1: current value is 0/)
})

test('random() draws trials that are 1 with probability p, and none or all where p is 0 or 1', () => {
  const results = random(1, 'trials').trials(20_001, 0.3)
  const share = results.reduce((sum, one) => sum + one, 0) / results.length
  assert.equal(results.length, 20_001)
  assert.ok(results.every((one) => one === 0 || one === 1))
  assert.ok(Math.abs(share - 0.3) < 0.01, `share ${share}`)
  assert.ok(
    random(1, 'trials')
      .trials(9, 0)
      .every((one) => one === 0),
  )
  assert.ok(
    random(1, 'trials')
      .trials(9, 1)
      .every((one) => one === 1),
  )
  assert.deepEqual(random(1, 'trials').trials(100, 0.3), results.slice(0, 100))
})
