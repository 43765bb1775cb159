import assert from 'node:assert/strict'
import test from 'node:test'
import { findFullLengthStep, isSolved, lengthAt } from './curriculum.ts'
import type { JobSpec } from './job_spec.ts'
import { parseJobSpec } from './parse.ts'
import { usesDataset } from './sections/data.ts'
import { TASK_SCHEMAS, taskProblem } from './tasks/tasks.ts'

for (const [T, start_length, increment, every_steps] of [
  [100, 10, 10, 50],
  [100, 10, 25, 1],
  [12, 11, 5, 7],
] as const) {
  test(`a curriculum from ${start_length} to ${T} by ${increment} grows every ${every_steps} steps and then stays`, () => {
    const spec = { sequence_length: T, training: { curriculum: { start_length, increment, every_steps } } } as JobSpec
    const full = findFullLengthStep(spec)
    assert.equal(lengthAt(spec, 1), start_length)
    assert.ok(full !== undefined && lengthAt(spec, full - 1) < T)
    assert.equal(lengthAt(spec, full), T)
    assert.equal(lengthAt(spec, 10 * full), T)
    for (let step = 1; step < full; step++) {
      const growth = lengthAt(spec, step + 1) - lengthAt(spec, step)
      assert.ok(step % every_steps === 0 ? growth > 0 && growth <= increment : growth === 0)
    }
  })
}

test('a curriculum that grows when a length is solved has the length of its growths, at whatever step', () => {
  const curriculum = { start_length: 4, increment: 3, every_steps: 10, when: { series: 'evaluation_loss', below: 1 } }
  const spec = { sequence_length: 12, training: { curriculum } } as JobSpec
  for (const step of [1, 10, 1000])
    assert.deepEqual(
      [0, 1, 2, 3, 9].map((growths) => lengthAt(spec, step, growths)),
      [4, 7, 10, 12, 12],
    )
  assert.equal(findFullLengthStep(spec), undefined)
})

for (const [what, when, scores, wanted] of [
  ['a loss below the limit', { series: 'evaluation_loss', below: 0.5 }, { evaluation_loss: 0.4 }, true],
  ['a loss at the limit', { series: 'evaluation_loss', below: 0.5 }, { evaluation_loss: 0.5 }, false],
  ['a loss that is NaN', { series: 'evaluation_loss', below: 0.5 }, { evaluation_loss: NaN }, false],
  ['an accuracy above the limit', { series: 'evaluation_accuracy', above: 0.9 }, { evaluation_accuracy: 1 }, true],
  ['an accuracy below it', { series: 'evaluation_accuracy', above: 0.9 }, { evaluation_accuracy: 0.8 }, false],
  ['nothing measured', { series: 'evaluation_accuracy', above: 0.9 }, {}, false],
] as const)
  test(`isSolved() of ${what} is ${wanted}`, () => assert.equal(isSolved(when, scores), wanted))

test('sequences without a curriculum have one length, also in records of before it', () => {
  for (const training of [{}, { curriculum: null }]) {
    const spec = { sequence_length: 30, training } as JobSpec
    assert.deepEqual([lengthAt(spec, 1), lengthAt(spec, 1000), findFullLengthStep(spec)], [30, 30, 1])
  }
})

test('every task has inputs and read-out of one size for sequences of every length', () => {
  assert.ok(TASK_SCHEMAS.length > 0)
  for (const { properties } of TASK_SCHEMAS) {
    const task = properties.task.const
    const parsed = parseJobSpec({ model: { cell: 'rnn' }, data: { task }, sequence_length: 200 })
    assert.ok(parsed.ok && !usesDataset(parsed.value.data), task)
    const { data } = parsed.value
    const shapes = [200, 900].map((T) => {
      const { inputs, readout, mode, minimumLength } = taskProblem(data, T)
      return { inputs, readout, mode, minimumLength }
    })
    assert.deepEqual(shapes[0], shapes[1], task)
  }
})
