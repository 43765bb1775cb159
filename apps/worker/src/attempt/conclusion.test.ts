import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concludeAttempt, describeEnd, type Conclusion, type LastWord } from './conclusion.ts'
import type { Intent } from './intent.ts'

const STOPPED: LastWord = { type: 'ended', outcome: { type: 'stopped', step: 3 } }
const BROKEN: LastWord = {
  type: 'ended',
  outcome: { type: 'failed', step: 3, reason: 'nonfinite_loss', message: 'NaN', pointer: '/clipping/nonfinite' },
}
const SUCCEEDED: LastWord = { type: 'ended', outcome: { type: 'succeeded', step: 3, result: {}, evaluations: [] } }

const CASES: [
  what: string,
  word: LastWord | undefined,
  intent: Intent | undefined,
  frozen: boolean,
  end: Conclusion,
][] = [
  [
    'preempted, where it was saved for a more urgent job',
    STOPPED,
    'preempt',
    false,
    { to: 'interrupted', reason: 'preempted', verdict: 'return' },
  ],
  [
    'failed, where the diagnosis found what it is to stop at',
    STOPPED,
    'finding',
    false,
    { to: 'failed', reason: 'stopped_by_finding', verdict: 'done' },
  ],
  [
    'failed with its own reason, where it broke off before it stopped at a finding',
    BROKEN,
    'finding',
    false,
    { to: 'failed', reason: 'nonfinite_loss', verdict: 'done' },
  ],
  [
    'forked, where it broke off by what the diagnosis found',
    BROKEN,
    'fork',
    false,
    { to: 'failed', reason: 'forked_by_finding', verdict: 'done' },
  ],
  [
    'failed, where the diagnosis found what it is to be forked at',
    STOPPED,
    'fork',
    false,
    { to: 'failed', reason: 'forked_by_finding', verdict: 'done' },
  ],
  [
    'succeeded, where it came to its end before it stopped at a finding',
    SUCCEEDED,
    'finding',
    false,
    { to: 'succeeded', verdict: 'done' },
  ],
  ['succeeded, where it came to its end instead', SUCCEEDED, 'preempt', false, { to: 'succeeded', verdict: 'done' }],
  [
    'lost, where its process died before it was saved',
    undefined,
    'preempt',
    false,
    { to: 'interrupted', reason: 'engine_error', verdict: 'return' },
  ],
  [
    'frozen, where its process was killed for that',
    undefined,
    'preempt',
    true,
    { to: 'interrupted', reason: 'child_frozen', verdict: 'return' },
  ],
  [
    'handed back, where its worker drained and could not wait for it',
    undefined,
    'drain',
    false,
    { to: 'interrupted', reason: 'worker_draining', verdict: 'return' },
  ],
]
for (const [what, word, intent, frozen, end] of CASES) {
  test(`an attempt that was asked to stop is ${what}`, () => {
    assert.deepEqual(concludeAttempt(word, intent, { frozen }), end)
  })
}

test('describeEnd() of a run that stops at a finding has its code, its step and the advice', () => {
  const evidence = { layer: 0, timestep: 3, from_step: 1, to_step: 7, figures: {} }
  const finding = {
    code: 'vanishing',
    first_step: 7,
    until_step: null,
    evidence,
    advice: 'Use gates.',
    changes: null,
  } as const
  assert.deepEqual(describeEnd(STOPPED, finding), {
    error: {
      code: 'vanishing',
      message: 'The gradient vanishes: found at step 7. Use gates.',
      pointer: '/on_finding',
    },
  })
})
