import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunProgress } from './run_progress.ts'

const row = (step: number, ms: number) => ({ step, series: { step_ms: ms } })

test('RunProgress leaves the first step of a process out of the pace, and smooths the others', () => {
  const progress = new RunProgress(10)
  progress.measurePace([row(11, 5_000)])
  assert.deepEqual(progress.current, { step: 10 })
  progress.measurePace([row(12, 100), row(13, 200)])
  assert.deepEqual(progress.current, { step: 10, stepMs: 105 })
})

test('RunProgress never goes back, and keeps the engine', () => {
  const progress = new RunProgress(0)
  progress.setEngine({ engine: 'wasm', device: 'cpu' })
  progress.advanceTo(7)
  progress.advanceTo(3)
  assert.deepEqual(progress.current, { step: 7, engine: { engine: 'wasm', device: 'cpu' } })
  assert.equal(progress.step, 7)
})
