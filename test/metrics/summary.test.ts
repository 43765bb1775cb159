import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PERCENTILES, SKETCH_ACCURACY, summary } from '@unroll/history'
import type { MetricRow } from '@unroll/contract'
import { Attempt, newJob, openPipeline, rowsBetween, type Pipeline } from './pipeline.ts'

/** A run of two attempts: rows in segments, in Redis, and void ones. */
async function takenUp(pipeline: Pipeline): Promise<{ id: string; rows: MetricRow[] }> {
  const first = await Attempt.claim(pipeline, await newJob(pipeline.store))
  const before = rowsBetween(1, 20_000, { spike: 19_000 })
  await first.append(before)
  await first.checkpoint(12_500)
  const second = await Attempt.claim(pipeline, first.id)
  const again = rowsBetween(12_501, 40_000, { spike: 30_003, gain: -2 })
  await second.append(again)
  assert.ok(first.archived > 0 && second.archived > 0)
  return { id: first.id, rows: [...before.slice(0, 12_500), ...again] }
}

/** The value at rank ⌈percent·n/100⌉. */
function nearestRank(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? NaN
}

test('summary() is exact over all rows that count, but for percentiles, which are to 1 % of each', async (t) => {
  const pipeline = await openPipeline(t)
  const { id, rows } = await takenUp(pipeline)
  const { series } = await summary(pipeline.store.metrics, pipeline.segments, id, () => true)
  assert.equal(series.size, 21)
  for (const [name, { all, percentiles }] of series) {
    const measured = rows.flatMap(({ step, series: row }) => (name in row ? [{ step, value: row[name] ?? NaN }] : []))
    const finite = measured.filter(({ value }) => Number.isFinite(value))
    const sorted = finite.map(({ value }) => value).toSorted((a, b) => a - b)
    const [least, greatest] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN]
    const stepOf = (wanted: number) => finite.find(({ value }) => value === wanted)?.step
    const { n, min, max, argmin, argmax, last, nan, inf, negInf } = all.statistics
    assert.deepEqual(
      [n[0], min[0], argmin[0], max[0], argmax[0], last[0]],
      [finite.length, least, stepOf(least), greatest, stepOf(greatest), measured.at(-1)?.value],
      name,
    )
    const count = (is: (value: number) => boolean) => measured.filter(({ value }) => is(value)).length
    assert.deepEqual(
      [nan[0], inf[0], negInf[0]],
      [count(Number.isNaN), count((value) => value === Infinity), count((value) => value === -Infinity)],
      name,
    )
    for (const [at, percent] of PERCENTILES.entries()) {
      const exact = nearestRank(sorted, percent)
      const error = Math.abs((percentiles[at] ?? NaN) - exact)
      assert.ok(
        error <= Math.abs(exact) * SKETCH_ACCURACY * 1.000_001,
        `${name} p${percent}: ${percentiles[at]}, not ${exact}`,
      )
    }
  }
})
