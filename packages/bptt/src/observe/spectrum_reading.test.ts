import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readSpectrum } from './spectrum_reading.ts'

const LAYER = { name: 'layers.0', direction: 'forward' } as const

/** Exponents of one row of 4 steps, the first of which does not count, whose directions have the given lengths at each step. */
function readExponents(lengths: readonly number[]): readonly number[] {
  const own = Float64Array.from({ length: 4 * lengths.length }, (_, index) => lengths[index % lengths.length]!)
  const [read] = readSpectrum({ layers: [LAYER], batchSize: 1 }, [own], { steps: 4, mask: undefined })
  return read!.exponents
}

for (const { title, lengths, exponents } of [
  {
    title: 'directions that have not found their order',
    lengths: [0.5, 0.25, 1],
    exponents: [0, Math.log(0.5), Math.log(0.25)],
  },
  { title: 'a direction that ends in zero', lengths: [0, 2, 0], exponents: [Math.log(2), -Infinity, -Infinity] },
  { title: 'values that are not finite', lengths: [NaN, NaN], exponents: [NaN, NaN] },
]) {
  test(`exponents are listed with the largest first: ${title}`, () => {
    assert.deepEqual(readExponents(lengths), exponents)
  })
}

test('an exponent is the mean of the rows in which its direction does not end, and the others are counted', () => {
  const rows = [
    [2, 0.5],
    [0, 0],
    [8, 0],
    [4, 0.25],
  ]
  const own = Float64Array.from({ length: 4 * 8 }, (_, at) => rows[Math.floor(at / 2) % 4]![at % 2]!)
  const [read] = readSpectrum({ layers: [LAYER], batchSize: 4 }, [own], { steps: 4, mask: undefined })
  const close = (got: readonly number[], wanted: readonly number[]) =>
    assert.ok(got.every((value, at) => Math.abs(value - wanted[at]!) < 1e-12) && got.length === wanted.length)
  close(read!.exponents, [Math.log(4), Math.log(0.125) / 2])
  close(read!.ended, [0.25, 0.5])
})
