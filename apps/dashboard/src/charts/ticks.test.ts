import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { integerTicks, linearTicks, logTicks, powerOfTen } from './ticks.ts'

const labels = (ticks: { label: string }[]) => ticks.map(({ label }) => label)

for (const [min, max, count, wanted] of [
  [0, 2.5, 5, ['0.0', '0.5', '1.0', '1.5', '2.0', '2.5']],
  [0.0012, 0.0041, 3, ['0.002', '0.003', '0.004']],
  [-1, 1, 4, ['−1.0', '−0.5', '0.0', '0.5', '1.0']],
  [0, 12_000, 4, ['0', '5,000', '10,000']],
  [0, 2.5e20, 3, ['0', '1·10²⁰', '2·10²⁰']],
  [0, 2.5e-9, 3, ['0', '1·10⁻⁹', '2·10⁻⁹']],
] as const) {
  test(`linearTicks() from ${min} to ${max} are ${wanted.join(' ')}`, () => {
    assert.deepEqual(labels(linearTicks({ min, max }, count)), wanted)
  })
}

for (const [min, max, count, wanted] of [
  [-3, 4, 6, ['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹', '10²', '10³', '10⁴']],
  [-18, 1, 5, ['10⁻¹⁵', '10⁻¹⁰', '10⁻⁵', '10⁰']],
  [-0.1, 1.1, 5, ['1', '2', '5', '10']],
  [-0.6, -0.2, 5, ['0.3', '0.4', '0.5', '0.6']],
  [-5, -4, 5, ['10⁻⁵', '2·10⁻⁵', '5·10⁻⁵', '10⁻⁴']],
] as const) {
  test(`logTicks() from 10^${min} to 10^${max} are ${wanted.join(' ')}`, () => {
    assert.deepEqual(labels(logTicks({ min, max }, count)), wanted)
  })
}

test('integerTicks() names whole places alone', () => {
  assert.deepEqual(labels(integerTicks({ min: 1, max: 3 }, 10)), ['1', '2', '3'])
})

test('Ticks of every kind lie within their range, in order, and are neither absent nor many', () => {
  const range = fc.tuple(fc.double({ min: -30, max: 30, noNaN: true }), fc.double({ min: 0.01, max: 60, noNaN: true }))
  fc.assert(
    fc.property(range, fc.integer({ min: 2, max: 12 }), ([min, height], count) => {
      const max = min + height
      for (const ticks of [linearTicks({ min, max }, count), logTicks({ min, max }, count)]) {
        assert.ok(ticks.length <= 2 * count + 6, `${ticks.length} ticks where about ${count} were asked for`)
        assert.ok(ticks.every(({ at }, index) => index === 0 || at > (ticks[index - 1]?.at ?? Infinity)))
        assert.ok(ticks.every(({ at }) => at >= min - 1e-6 && at <= max + 1e-6))
      }
    }),
  )
})

test('powerOfTen() raises the exponent', () => {
  assert.deepEqual([powerOfTen(0), powerOfTen(-12), powerOfTen(38)], ['10⁰', '10⁻¹²', '10³⁸'])
})
