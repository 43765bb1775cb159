import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeWords, statusWords } from './outcome.ts'

const LEARNED = {
  at_chance: false,
  times_better_than_chance: 30.127,
  updates_skipped: 0,
  updates_zeroed: 0,
  findings: [],
}

test('statusWords() says of a run at chance that it is', () => {
  assert.equal(statusWords({ status: 'succeeded', outcome: LEARNED }), 'succeeded')
  assert.equal(statusWords({ status: 'succeeded', outcome: { ...LEARNED, at_chance: true } }), 'succeeded, at chance')
  assert.equal(statusWords({ status: 'running', outcome: null }), 'running')
})

test('outcomeWords() says how much better than chance a run is, what was not updated, and what was found', () => {
  assert.deepEqual(outcomeWords({ outcome: LEARNED }), ['30.1 times better than chance'])
  assert.deepEqual(
    outcomeWords({ outcome: { ...LEARNED, at_chance: true, updates_skipped: 119, findings: ['exploding'] } }),
    ['not better than chance', '119 updates skipped', 'exploding'],
  )
  assert.deepEqual(outcomeWords({ outcome: null }), [])
})
