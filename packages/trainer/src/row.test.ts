import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepReport } from '@unroll/bptt'
import { count, buildRow } from './row.ts'
import { START } from './run_state.ts'

const REPORT: StepReport = {
  loss: 2,
  gradNorm: 4,
  gradNormClipped: 1,
  clipCoefficient: 0.25,
  clippedFraction: 1,
  finite: true,
  updated: true,
}
const TIMED = { learningRate: 0.1, stepMs: 3 }

test('count() counts steps, those clipped, and updates that were skipped or zeroed, and keeps the largest finite norm', () => {
  const reports: readonly StepReport[] = [
    REPORT,
    { ...REPORT, clippedFraction: 0, gradNorm: 9 },
    { ...REPORT, finite: false, updated: false, gradNorm: Infinity },
    { ...REPORT, finite: false, clippedFraction: 0 },
  ]
  assert.deepEqual(reports.reduce(count, START.counters), {
    steps: 4,
    clippedSteps: 2,
    updatesSkipped: 1,
    updatesZeroed: 1,
    largestNorm: 9,
  })
})

test('buildRow() has the numbers of a report by the names of their series', () => {
  const row = buildRow(7, REPORT, {
    ...TIMED,
    counters: { ...START.counters, steps: 4, clippedSteps: 1, largestNorm: 6 },
  })
  assert.deepEqual(row, {
    step: 7,
    series: {
      loss: 2,
      grad_norm: 4,
      grad_norm_clipped: 1,
      grad_norm_max: 6,
      clip_coefficient: 0.25,
      clipped_fraction: 1,
      clipped_share: 0.25,
      updates_skipped: 0,
      learning_rate: 0.1,
      step_ms: 3,
    },
  })
})

test('buildRow() has what was observed, norms of parameters under their names and the flow by layer', () => {
  const report: StepReport = {
    ...REPORT,
    accuracy: 0.5,
    parameterNorms: { 'layers.0.Wx': 3 },
    saturation: { 'saturation/layers.0': 0.1 },
    flow: { h: [Float32Array.of(0), Float32Array.of(1)], c: [Float32Array.of(2), Float32Array.of(3)] },
  }
  const { series, flow } = buildRow(1, report, { ...TIMED, counters: count(START.counters, report) })
  assert.equal(series['accuracy'], 0.5)
  assert.equal(series['grad_norm/layers.0.Wx'], 3)
  assert.equal(series['saturation/layers.0'], 0.1)
  assert.equal(series['flow_nonfinite'], 0)
  assert.deepEqual(flow, [
    { h: Float32Array.of(0), c: Float32Array.of(2) },
    { h: Float32Array.of(1), c: Float32Array.of(3) },
  ])
})

test('buildRow() tells of updates that were zeroed only once there are some', () => {
  const rowWith = (updatesZeroed: number) =>
    buildRow(1, REPORT, { ...TIMED, counters: { ...START.counters, steps: 1, updatesZeroed } })
  assert.equal('updates_zeroed' in rowWith(0).series, false)
  assert.equal(rowWith(2).series['updates_zeroed'], 2)
})

test('buildRow() computes a clip coefficient that float32 took for 0', () => {
  const report = { ...REPORT, gradNorm: 1e30, gradNormClipped: 1e-10, clipCoefficient: 0 }
  const { series } = buildRow(1, report, { ...TIMED, counters: count(START.counters, report) })
  assert.equal(series['clip_coefficient'], 1e-10 / 1e30)
})
