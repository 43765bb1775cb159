import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flowOverview, type FlowColumn, type FlowOverviewOptions } from '@unroll/history'
import type { MetricRow } from '@unroll/contract'
import { Attempt, WINDOW, newJob, openPipeline } from './pipeline.ts'

const ROWS = 20_000
const EVERY = 5
/** What single values of single rows are, by row from 1 and time step from 1. */
const MARKED = [
  { row: 777, t: 17, value: 30 },
  { row: 5_001, t: 17, value: -44 },
  { row: 5_001, t: 23, value: NaN },
  { row: 9_100, t: 100, value: Infinity },
  { row: 9_101, t: 1, value: -Infinity },
  { row: 19_990, t: 2, value: 31 },
]

function flowAt(row: number): MetricRow {
  const h = Float32Array.from({ length: WINDOW }, (_, at) => -(WINDOW - at) / 20 - (row % 7) / 10)
  for (const marked of MARKED) if (marked.row === row) h[marked.t - 1] = marked.value
  return { step: row * EVERY, series: { loss: 1 }, flow: [{ h }] }
}

const rowsBetween = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => flowAt(first + at))

/** The statistic of a column that a marked value changes, and the value it then has. */
function seen({ min, max, zero, infinity, nan }: FlowColumn, line: number, value: number): boolean {
  if (Number.isNaN(value)) return nan[line] === 1
  if (value === Infinity) return infinity[line] === 1
  if (value === -Infinity) return zero[line] === 1
  return (value > 0 ? max : min)[line] === value
}

test('flowOverview() shows a value of one row and one time step at every zoom, from rows archived and not', async (t) => {
  const pipeline = await openPipeline(t)
  const { metrics } = pipeline.store
  const attempt = await Attempt.claim(pipeline, await newJob(pipeline.store))
  await attempt.append(rowsBetween(1, ROWS))
  assert.ok(attempt.archived >= 2, `archived ${attempt.archived} times`)
  const tileOf = async (options: Partial<FlowOverviewOptions>) => {
    const wanted = { layer: 0, window: WINDOW, maxSteps: 100, maxTimesteps: 8, ...options }
    const { tile } = await flowOverview(metrics, pipeline.segments, attempt.id, wanted)
    assert.ok(tile !== undefined && tile.columns.size <= wanted.maxSteps && tile.lines.count <= wanted.maxTimesteps)
    return tile
  }
  const { pyramid } = await metrics.line(attempt.id, 'flow')
  assert.ok(pyramid !== undefined && pyramid.step > (ROWS * EVERY) / 2, 'most of the run is in a stored pyramid')
  let zooms = 0
  for (const { row, t: at, value } of MARKED) {
    for (let span = ROWS; span > 30; span = Math.floor(span / 4), zooms++) {
      const fromStep = Math.max(1, (row - Math.floor(span / 2)) * EVERY)
      const timesteps = zooms % 2 === 0 ? { from: 1, to: WINDOW } : { from: Math.max(1, at - 4), to: Math.max(5, at) }
      const tile = await tileOf({ fromStep, toStep: fromStep + span * EVERY, timesteps, maxTimesteps: 3 })
      const { h } = tile.columns.get(Math.floor((row * EVERY - 1) / tile.width)) ?? assert.fail(`row ${row} of ${span}`)
      const line = Math.floor((at - 1) / tile.lines.width) - tile.lines.first
      assert.ok(h !== undefined && seen(h, line, value), `${value} at row ${row} in ${span} rows`)
    }
  }
  assert.ok(zooms >= 24)
  t.diagnostic(`${zooms} zooms`)
})

test('flowOverview() of a run is the same with a stored pyramid and without one', async (t) => {
  const pipeline = await openPipeline(t)
  const { metrics } = pipeline.store
  const attempt = await Attempt.claim(pipeline, await newJob(pipeline.store))
  await attempt.append(rowsBetween(1, ROWS))
  const wanted = { layer: 0, window: WINDOW, maxSteps: 100, maxTimesteps: 16 }
  const without = {
    line: async (...asked: Parameters<typeof metrics.line>) => ({
      ...(await metrics.line(...asked)),
      pyramid: undefined,
    }),
  }
  const stored = await flowOverview(metrics, pipeline.segments, attempt.id, wanted)
  assert.deepEqual(stored, await flowOverview({ ...metrics, ...without }, pipeline.segments, attempt.id, wanted))
  assert.ok((stored.tile?.columns.size ?? 0) > 50)
})

test('flowOverview() behind a cursor has the newer rows alone, and void ones of an older attempt never', async (t) => {
  const pipeline = await openPipeline(t)
  const { metrics } = pipeline.store
  const first = await Attempt.claim(pipeline, await newJob(pipeline.store))
  await first.append(rowsBetween(1, 6_000))
  await first.checkpoint(2_000 * EVERY)
  const before = await metrics.head(first.id)
  const second = await Attempt.claim(pipeline, first.id)
  await second.append(rowsBetween(2_001, 4_500))
  const wanted = { layer: 0, window: WINDOW, maxSteps: 64, maxTimesteps: 8 }
  const whole = await flowOverview(metrics, pipeline.segments, first.id, wanted)
  const { width, columns } = whole.tile ?? assert.fail()
  assert.equal(Math.max(...columns.keys()), Math.floor((4_500 * EVERY - 1) / width))
  assert.equal([...columns.values()].filter(({ h }) => h?.max.includes(30)).length, 1, 'the spike is there once')
  const { tile, resumedFromStep } = await flowOverview(metrics, pipeline.segments, first.id, {
    ...wanted,
    after: before,
  })
  assert.equal(resumedFromStep, 2_000 * EVERY)
  assert.equal(
    Math.min(...(tile ?? assert.fail()).columns.keys()),
    Math.floor((2_001 * EVERY - 1) / (tile?.width ?? 0)),
  )
  const { cursor } = whole
  const after = { epoch: cursor.epoch, seq: cursor.seq - 20 }
  const tail = await flowOverview(metrics, pipeline.segments, first.id, { ...wanted, after })
  assert.deepEqual([tail.tile?.width, tail.tile?.columns.size, tail.cursor], [1, 20, cursor])
})
