import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moveRange } from './pan.ts'

const bounds = { from: 1, to: 1000 }

for (const [words, share, range] of [
  ['a half to the right', 0.5, { from: 150, to: 250 }],
  ['no farther than the first step', -9, { from: 1, to: 101 }],
  ['no farther than the last step', 99, { from: 900, to: 1000 }],
] as const)
  test(`a range moves ${words}, and keeps its width`, () => {
    assert.deepEqual(moveRange({ from: 100, to: 200 }, share, bounds), range)
  })

test('a range as wide as all steps stays', () => {
  assert.deepEqual(moveRange(bounds, 0.5, bounds), bounds)
})
