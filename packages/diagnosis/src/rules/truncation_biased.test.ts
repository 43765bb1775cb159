import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowAt, seenBy, specOf } from '../testing/rows.ts'
import { truncationBiased } from './truncation_biased.ts'

const SPEC = specOf({ data: { task: 'delayed_echo', lag: 30 }, bptt: { mode: 'truncated', k1: 20, k2: 40 } })
const biases = (...values: number[]) => values.map((value, at) => rowAt(at + 1, { truncation_bias: value }))

test('truncation_biased proposes to reach back as far as the lag of the task', () => {
  const { proposal } = seenBy(truncationBiased, specOf({ bptt: SPEC.bptt }), biases(0.6, 0.7))
  assert.deepEqual(proposal?.changes, { bptt: { k2: 100 } })
})

test('truncation_biased proposes to reach back twice as far, where that is further or the lag is not known', () => {
  const { symptom, proposal } = seenBy(truncationBiased, SPEC, biases(0.1, 0.6, 0.7))
  assert.deepEqual(symptom?.figures, { truncation_bias: 0.7, k2: 40 })
  assert.deepEqual(proposal?.changes, { bptt: { k2: 80 } })
})

test('truncation_biased: a bias of 0.5, or one measurement above it, is not found', () => {
  for (const values of [[0.9], [0.9, 0.5], [Number.NaN, Number.NaN]])
    assert.equal(seenBy(truncationBiased, SPEC, biases(...values)).symptom, null)
})

test('truncation_biased is no fault of a run that learns', () => {
  const learning = biases(0.6, 0.7, 0.7, 0.7, 0.7).map((row) => ({ ...row, series: { ...row.series, loss: 0.5 } })) // of ln 2 at chance
  assert.equal(seenBy(truncationBiased, SPEC, learning).symptom, null)
})
