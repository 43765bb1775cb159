import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawPath } from './sample_chart.ts'

for (const { what, values, path } of [
  { what: 'from the lowest to the highest value', values: [0, 1], path: 'M0 38L100 2' },
  { what: 'interrupted by a missing value', values: [0, 1, null, 1, 1], path: 'M0 38L25 2M75 2L100 2' },
  { what: 'with a dot between two gaps', values: [null, 1, null], path: 'M50 2h0.1' },
  { what: 'of one value', values: [0], path: 'M50 38h0.1' },
  { what: 'of nothing', values: [null, null], path: '' },
]) {
  test(`drawPath() draws a line ${what}`, () => {
    assert.equal(drawPath({ values, min: 0, max: 1, colour: 1 }), path)
  })
}

test('drawPath() draws a constant in the middle', () => {
  assert.equal(drawPath({ values: [5, 5], min: 5, max: 5, colour: 1 }), 'M0 20L100 20')
})
