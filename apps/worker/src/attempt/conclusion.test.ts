import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concludeAttempt, type Conclusion, type LastWord } from './conclusion.ts'
import type { Intent } from './intent.ts'

const STOPPED: LastWord = { type: 'ended', outcome: { type: 'stopped', step: 3 } }
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
