import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAt, rows, seenBy, specOf } from '../testing/rows.ts'
import { clipSaturated } from './clip_saturated.ts'

const clipped =
  (share: number, coefficient = 0.1) =>
  (step: number) =>
    rowAt(step, { clipped_share: share, clip_coefficient: coefficient, grad_norm: 1 / coefficient })
const SGD = { type: 'sgd' }
const LOW = { policy: 'norm', threshold: 1 }

test('clip_saturated proposes a threshold that one step in ten exceeds', () => {
  const { symptom, proposal } = seenBy(
    clipSaturated,
    specOf({ clipping: LOW, optimizer: SGD }),
    rows(100, (step) => clipped(1, step % 10 === 0 ? 0.01 : 0.25)(step)),
  )
  assert.equal(symptom?.figures['clipped_share'], 1)
  assert.deepEqual(proposal?.changes, { clipping: { threshold: 100 } })
})

for (const { what, clipping, given, is } of [
  { what: '100 % of 99 steps', clipping: LOW, given: rows(99, clipped(1)), is: false },
  { what: '95 % of 100 steps', clipping: LOW, given: rows(100, clipped(0.95)), is: true },
  { what: '90 % of 100 steps', clipping: LOW, given: rows(100, clipped(0.9)), is: false },
  {
    what: 'a hair off every step',
    clipping: { policy: 'value', threshold: 1 },
    given: rows(100, clipped(1, 0.995)),
    is: false,
  },
  {
    what: '100 % by percentile, which is its way',
    clipping: { policy: 'percentile' },
    given: rows(100, clipped(1)),
    is: false,
  },
  {
    what: '100 % of the newest 100 of 1,000',
    clipping: LOW,
    given: rows(1_000, (at) => clipped(at < 900 ? 0 : (at - 900) / at)(at)),
    is: true,
  },
]) {
  test(`clip_saturated: ${what} ${is ? 'is' : 'is not'} found`, () => {
    assert.equal(seenBy(clipSaturated, specOf({ clipping, optimizer: SGD }), given).symptom !== null, is)
  })
}

for (const { type, is } of [
  { type: 'momentum', is: true },
  { type: 'nesterov', is: true },
  { type: 'adam', is: false },
  { type: 'rmsprop', is: false },
]) {
  test(`clip_saturated is ${is ? '' : 'not '}looked at with ${type}`, () => {
    assert.equal(clipSaturated.from(specOf({ clipping: LOW, optimizer: { type } })) === 100, is)
  })
}
