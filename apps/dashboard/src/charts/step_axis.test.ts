import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEpochAxis, createTimeAxis } from './step_axis.ts'

const time = createTimeAxis(Float64Array.of(1, 2, 10), Float64Array.of(0.5, 1, 9))

for (const [step, seconds] of [
  [1, 0.5],
  [2, 1],
  [6, 5],
  [10, 9],
  [0, 0],
  [12, 11],
] as const) {
  test(`step ${step} is after ${seconds} s, and what is after ${seconds} s is step ${step}`, () => {
    assert.equal(time.toX(step), seconds)
    assert.equal(time.toStep(seconds), step)
  })
}

test('ticks of time are at round times of a clock', () => {
  assert.deepEqual(
    time.ticks({ min: 0, max: 3600 }, 5).map(({ at, label }) => [at, label]),
    [
      [0, '0 s'],
      [900, '15 min'],
      [1800, '30 min'],
      [2700, '45 min'],
      [3600, '1 h'],
    ],
  )
})

test('an epoch is as many steps as read all training data once', () => {
  const epochs = createEpochAxis(40)
  assert.equal(epochs.toX(100), 2.5)
  assert.equal(epochs.toStep(2.5), 100)
})
