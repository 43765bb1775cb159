import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDue, isMultiple } from './intervals.ts'
import { observed } from './observe.ts'

const LAST = 10
const STEPS = Array.from({ length: LAST }, (_, index) => index + 1)

for (const { every, multiples, due } of [
  { every: 0, multiples: [], due: [] },
  { every: 1, multiples: STEPS, due: STEPS },
  { every: 4, multiples: [4, 8], due: [1, 4, 8, 10] },
  { every: 5, multiples: [5, 10], due: [1, 5, 10] },
  { every: 99, multiples: [], due: [1, 10] },
]) {
  test(`isDue() of every ${every} steps is true at ${due.join(', ') || 'none'} of ${LAST}`, () => {
    assert.deepEqual(
      STEPS.filter((step) => isDue(every, step, LAST)),
      due,
    )
  })

  test(`isMultiple() of every ${every} steps is true at ${multiples.join(', ') || 'none'} of ${LAST}`, () => {
    assert.deepEqual(
      STEPS.filter((step) => isMultiple(every, step)),
      multiples,
    )
  })
}

test('observed() asks for the flow wherever it asks for the probe flow or the matrix', () => {
  const observe = {
    metrics_every: 2,
    flow_every: 4,
    probe_every: 3,
    matrix_every: 5,
    matrix_sources: 8,
    lyapunov_every: 6,
    lyapunov_exponents: 3,
    saturation_every: 0,
    bias_every: 0,
  }
  const stepsWith = (what: keyof ReturnType<typeof observed>): readonly number[] =>
    STEPS.filter((step) => observed(observe, step, LAST)[what])
  assert.deepEqual(stepsWith('metrics'), [1, 2, 4, 6, 8, 10])
  assert.deepEqual(stepsWith('probe'), [1, 3, 6, 9, 10])
  assert.deepEqual(stepsWith('sources'), [1, 5, 10])
  assert.deepEqual(stepsWith('flow'), [1, 3, 4, 5, 6, 8, 9, 10])
  assert.equal(observed(observe, 5, LAST).sources, 8)
  assert.deepEqual(stepsWith('exponents'), [1, 6, 10])
  assert.equal(observed(observe, 6, LAST).exponents, 3)
  assert.deepEqual(stepsWith('saturation'), [])
})
