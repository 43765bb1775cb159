import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complete, forked, START, type RunPosition } from './run_state.ts'

test('forked() forgets what ended the run that another one goes on from, and what was about to', () => {
  const ended = { ...START, step: 40, progress: { best: 0.1, stale: 2 }, reason: 'early_stopped' } as const
  assert.deepEqual(forked(ended), { ...START, step: 40 })
})

test('complete() keeps what a position has', () => {
  const position: RunPosition = {
    step: 9,
    counters: { steps: 9, clippedSteps: 4, updatesSkipped: 1, updatesZeroed: 2, largestNorm: 7 },
    progress: { best: 0.5, stale: 1 },
    result: { loss: Infinity },
    growths: 3,
    wasFinite: false,
    reason: 'target_reached',
  }
  assert.deepEqual(complete(position), position)
})

test('complete() begins with nothing what an earlier version did not count', () => {
  const { wasFinite: _, progress: _progress, ...saved } = { ...START, step: 9, counters: { steps: 9, clippedSteps: 4 } }
  const { updatesSkipped, updatesZeroed, largestNorm } = START.counters
  assert.deepEqual(complete(saved as unknown as RunPosition), {
    ...START,
    step: 9,
    counters: { steps: 9, clippedSteps: 4, updatesSkipped, updatesZeroed, largestNorm },
  })
})
