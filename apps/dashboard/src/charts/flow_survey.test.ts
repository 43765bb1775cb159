import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MISSING } from '../data/flow_rows.ts'
import { survey } from './flow_survey.ts'

test('survey() spans whole decades and counts what has no place among them', () => {
  const values = Float32Array.from([-3.2, 1.4, Number.NaN, -Infinity, -Infinity, Infinity, MISSING])
  assert.deepEqual(survey(values), {
    decades: { min: -4, max: 2 },
    counts: { nan: 1, infinity: 1, zero: 2 },
    finite: 2,
  })
})

test('survey() spans at least one decade, and none where nothing is finite', () => {
  assert.deepEqual(survey(Float32Array.from([-2])).decades, { min: -2, max: -1 })
  assert.equal(survey(Float32Array.from([Number.NaN, MISSING])).decades, null)
})
