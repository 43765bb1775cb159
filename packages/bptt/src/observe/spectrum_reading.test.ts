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
