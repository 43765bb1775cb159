import assert from 'node:assert/strict'
import { test } from 'node:test'
import { valueRange } from './value_range.ts'

const guide = (at: number) => [{ at, label: '', colour: '--guide' as const }]

test('valueRange() holds the data and a guide near it', () => {
  const { min, max } = valueRange(
    { y: [[0.01, null, 0.02, undefined]], bands: [] },
    { guides: guide(0.05), log: false },
  )
  assert.ok(min <= 0.01 && max >= 0.05)
})

test('valueRange() leaves out a guide so far away that the data would be flat', () => {
  const { max } = valueRange({ y: [[-1, 0]], bands: [] }, { guides: guide(30), log: true })
  assert.ok(max < 1)
})

test('valueRange() of a linear axis starts at zero where the data come near it', () => {
  assert.equal(valueRange({ y: [[0.01, 2]], bands: [] }, { guides: [], log: false }).min, 0)
  assert.ok(valueRange({ y: [[1.9, 2]], bands: [] }, { guides: [], log: false }).min > 1)
})

for (const y of [[], [[null]], [[5]], [[0]], [[-3, -3]]]) {
  test(`valueRange() of ${JSON.stringify(y)} has a height`, () => {
    for (const log of [false, true]) {
      const { min, max } = valueRange({ y, bands: [] }, { guides: [], log })
      assert.ok(max > min, `${min} to ${max}`)
    }
  })
}

test('valueRange() holds the extremes of buckets', () => {
  const bands = [[{ from: 1, to: 64, least: -2, greatest: 1e6 }]]
  const { min, max } = valueRange({ y: [[0.5]], bands }, { guides: [], log: false })
  assert.ok(min <= -2 && max >= 1e6)
})
