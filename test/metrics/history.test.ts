import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overview } from '@unroll/history'
import type { Cursor, MetricRow } from '@unroll/contract'
import type { FlowBlock, MetricsPage, ScalarBlock } from '@unroll/store'
import { Attempt, byRow, newJob, openPipeline, rowsBetween, type Pipeline } from './pipeline.ts'

const STEPS = 40_000
const SPIKE = 12_345

async function everyRow(read: (after: Cursor) => Promise<MetricsPage<ScalarBlock | FlowBlock>>) {
  const rows: Partial<MetricRow>[] = []
  for (let after: Cursor = { epoch: 0, seq: 0 }; ;) {
    const page = unplaced(await read(after))
    rows.push(...page.rows)
    if (page.done) return rows
    assert.notDeepEqual(page.cursor, after, 'the cursor does not advance')
    after = page.cursor
  }
}

/** A page row by row, without the places of the rows. */
function unplaced(page: MetricsPage<ScalarBlock | FlowBlock>) {
  const { rows, ...rest } = byRow(page)
  return {
    ...rest,
    rows: rows.map(({ step, series, flow }) => ({ step, ...(series && { series }), ...(flow && { flow }) })),
  }
}
const scalarsOf = (rows: readonly MetricRow[]) => rows.map(({ step, series }) => ({ step, series }))
const flowOf = (rows: readonly MetricRow[]) =>
  rows.flatMap(({ step, flow }) => (flow === undefined ? [] : [{ step, flow }]))

async function assertWhole({ store }: Pipeline, id: string, expected: MetricRow[]): Promise<void> {
  const scalars = await everyRow((after) => store.metrics.read(id, { after, limit: 7_000 }))
  assert.deepEqual(scalars, scalarsOf(expected))
  assert.deepEqual(await everyRow((after) => store.metrics.readFlow(id, { after, limit: 700 })), flowOf(expected))
}

test('a run of any length keeps every row bit for bit, with little of it in Redis', async (t) => {
  const pipeline = await openPipeline(t)
  const { store } = pipeline
  const attempt = await Attempt.claim(pipeline, await newJob(store))
  const rows = rowsBetween(1, STEPS, { spike: SPIKE })
  await attempt.append(rows)
  assert.ok(attempt.archived >= 9, `archived ${attempt.archived} times`)
  await store.jobs.move(attempt.id, attempt.epoch, 'succeeded')
  await assertWhole(pipeline, attempt.id, rows)
  for (let fromStep = 1; fromStep < STEPS; fromStep += 1_777) {
    const { rows: zoomed } = unplaced(await store.metrics.read(attempt.id, { fromStep, toStep: fromStep + 999 }))
    assert.deepEqual(zoomed, scalarsOf(rows.slice(fromStep - 1, fromStep + 999)))
  }
  const { frames } = await store.metrics.line(attempt.id, 'scalars')
  const bytes = frames.reduce((sum, { length }) => sum + length, 0)
  assert.ok(bytes < 700 * 2 ** 10, `${bytes} bytes are in Redis`)
  t.diagnostic(`${STEPS} steps, archived ${attempt.archived} times, ${bytes} bytes of scalars left in Redis`)
})

test('overview() counts every value once and shows a spike of one step at every zoom', async (t) => {
  const pipeline = await openPipeline(t)
  const { store, segments } = pipeline
  const attempt = await Attempt.claim(pipeline, await newJob(store))
  await attempt.append(rowsBetween(1, STEPS, { spike: SPIKE }))
  let zooms = 0
  for (let span = STEPS; span > 1_000; span = Math.floor(span / 3)) {
    const fromStep = Math.max(1, SPIKE - Math.floor(span / 2))
    const range = { fromStep, toStep: fromStep + span - 1 }
    const { series, width, count, ...found } = await overview(store.metrics, segments, attempt.id, {
      ...range,
      maxPoints: 500,
      wants: (name) => name === 'loss' || name === 'grad_norm',
    })
    assert.deepEqual([...series.keys()].toSorted(), ['grad_norm', 'loss'])
    assert.ok(width > 1 && count <= 500 && count > 20, `${count} buckets of ${width}`)
    assert.ok(found.fromStep <= range.fromStep && found.fromStep + width * count > Math.min(STEPS, range.toStep))
    const { n, max, argmax } = series.get('loss')?.statistics ?? assert.fail()
    const at = max.indexOf(1e6)
    assert.deepEqual([max[at], argmax[at]], [1e6, SPIKE])
    const last = Math.min(STEPS, found.fromStep + width * count - 1)
    assert.equal(
      n.reduce((sum, values) => sum + values),
      last - found.fromStep + 1,
    )
    zooms += 1
  }
  assert.ok(zooms >= 3)
  t.diagnostic(`${zooms} zooms`)
})

test('overview() has the statistics of the values themselves, non-finite ones counted apart', async (t) => {
  const pipeline = await openPipeline(t)
  const attempt = await Attempt.claim(pipeline, await newJob(pipeline.store))
  const rows = rowsBetween(1, STEPS, { spike: SPIKE })
  await attempt.append(rows)
  const { series, width, count, fromStep } = await overview(pipeline.store.metrics, pipeline.segments, attempt.id, {
    maxPoints: 1_000,
    wants: () => true,
  })
  assert.equal(fromStep, 1)
  assert.equal(series.size, 21)
  let values = 0
  for (const [name, buckets] of series) {
    for (let bucket = 0; bucket < count; bucket++) {
      const all = rows.slice(bucket * width, (bucket + 1) * width).flatMap((row) => row.series[name] ?? [])
      const finite = all.filter(Number.isFinite)
      const { n, min, max, last, nan, inf, negInf } = buckets.statistics
      assert.deepEqual(
        [n[bucket], min[bucket], max[bucket], nan[bucket], inf[bucket], negInf[bucket]],
        [
          finite.length,
          Math.min(...finite),
          Math.max(...finite),
          all.filter(Number.isNaN).length,
          all.filter((value) => value === Infinity).length,
          all.filter((value) => value === -Infinity).length,
        ],
        `${name} ${bucket}`,
      )
      assert.equal(last[bucket], all.at(-1) ?? NaN)
      values += all.length
    }
  }
  t.diagnostic(`${values} values in ${count} buckets of ${width} steps`)
})

for (const step of [0, 4_321, 12_500, 20_000])
  test(`an attempt that goes on from step ${step} leaves one merged line: later rows of the older one are void, archived or not`, async (t) => {
    const pipeline = await openPipeline(t)
    const { store, segments } = pipeline
    const first = await Attempt.claim(pipeline, await newJob(store))
    const before = rowsBetween(1, 20_000, { spike: SPIKE })
    await first.append(before)
    await first.checkpoint(step)
    const second = await Attempt.claim(pipeline, first.id)
    const again = rowsBetween(step + 1, step + 15_000, { spike: SPIKE, gain: 2 })
    await second.append(again)
    assert.ok(first.archived > 0 && second.archived > 0)
    await store.jobs.move(second.id, second.epoch, 'succeeded')
    await assertWhole(pipeline, second.id, [...before.slice(0, step), ...again])
    const { series } = await overview(store.metrics, segments, second.id, { maxPoints: 100, wants: () => true })
    const { n, max } = series.get('loss')?.statistics ?? assert.fail()
    assert.deepEqual([n.reduce((sum, values) => sum + values), Math.max(...max)], [step + 15_000, 1e6])
  })
