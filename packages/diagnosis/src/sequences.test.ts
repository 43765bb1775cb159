import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largestNorms, newestLoss, readLosses } from './sequences.ts'
import { specOf } from './testing/rows.ts'

/** An echo whose first 8 of 24 targets are missing, in windows of 4 steps: six updates a sequence, two without a target. */
const ECHO = specOf({
  data: { task: 'delayed_echo', lag: 8 },
  sequence_length: 24,
  bptt: { mode: 'truncated', k1: 4, k2: 4 },
})
const EMPTY = { loss: 0, gradNorm: 0 }

/** Rows of steps `from` to `to` of a run whose targets have a loss of 0.7. */
function windowed(from: number, to: number): { step: number; loss: number; gradNorm: number }[] {
  return Array.from({ length: to - from + 1 }, (_, at) => {
    const step = from + at
    return { step, ...((step - 1) % 6 < 2 ? EMPTY : { loss: 0.7, gradNorm: 0.1 }) }
  })
}

test('readLosses() gives the loss of whole sequences, without windows that have no target', () => {
  assert.deepEqual(
    readLosses(ECHO, windowed(4, 21)).map(({ step, loss }) => [step, Math.round(loss * 1e6) / 1e6]),
    [
      [12, 0.7],
      [18, 0.7],
    ],
  )
  assert.deepEqual(readLosses(ECHO, windowed(1, 5)), [])
})

test('readLosses() of a run that has one update a sequence are those of its rows', () => {
  assert.deepEqual(
    readLosses(specOf(), windowed(1, 5)).map(({ loss }) => loss),
    [0, 0, 0.7, 0.7, 0.7],
  )
})

test('largestNorms() has the largest finite norm of each sequence', () => {
  const rows = windowed(1, 18).map((row) => ({
    ...row,
    gradNorm: [5, 14].includes(row.step) ? row.step : row.gradNorm,
  }))
  rows[16]!.gradNorm = Infinity
  assert.deepEqual(largestNorms(ECHO, rows), [5, 0.1, 14])
  assert.deepEqual(largestNorms(specOf(), rows.slice(15)), [0.1, 0.1])
})

test('readLosses() of sequences that are solved to the last bit are 0', () => {
  const solved = windowed(1, 6).map((row) => ({ ...row, ...EMPTY }))
  assert.deepEqual(readLosses(ECHO, solved), [{ step: 6, loss: 0 }])
})

test('newestLoss() is the mean over the newest sequences, and NaN before the first has ended', () => {
  assert.ok(Math.abs(newestLoss(ECHO, windowed(1, 100)) - 0.7) < 1e-9)
  assert.ok(Number.isNaN(newestLoss(ECHO, windowed(1, 5))))
  const rows = windowed(1, 100).map((row) => ({ ...row, loss: row.step > 50 ? 1 : 3 }))
  assert.equal(newestLoss(specOf(), rows), 1)
})
