import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOutcome } from './outcome.ts'

const outcome = (result: object, more: Record<string, string> = {}) =>
  readOutcome(new Map(Object.entries({ result: JSON.stringify(result), ...more })))

for (const { what, result, at_chance, times } of [
  { what: 'one that learned', result: { loss: 1, evaluation_loss: 0.02 }, at_chance: false, times: 30 },
  { what: 'one at chance', result: { loss: 0.02, evaluation_loss: 0.59 }, at_chance: true, times: 0.6 / 0.59 },
  { what: 'one without evaluation', result: { loss: 0.3 }, at_chance: false, times: 2 },
  { what: 'one whose loss is NaN', result: { loss: 'NaN' }, at_chance: true, times: null },
  { what: 'one whose loss is infinite', result: { loss: 'Infinity' }, at_chance: true, times: 0 },
]) {
  test(`readOutcome() of ${what} is ${at_chance ? '' : 'not '}at chance, ${times} times better`, () => {
    const { at_chance: is, times_better_than_chance: is_times } = outcome({ ...result, chance_loss: 0.6 }) ?? {}
    assert.deepEqual([is, is_times], [at_chance, times])
  })
}

test('readOutcome() counts updates, and names the findings that still hold', () => {
  const made = outcome(
    { loss: 1, chance_loss: 2, updates_skipped: 119, updates_zeroed: 3 },
    { 'finding:exploding': '{"until_step":null}', 'finding:vanishing': '{"until_step":9}' },
  )
  assert.deepEqual([made?.updates_skipped, made?.updates_zeroed, made?.findings], [119, 3, ['exploding']])
})

test('readOutcome() a run that has not succeeded is null', () => {
  assert.equal(readOutcome(new Map()), null)
})
