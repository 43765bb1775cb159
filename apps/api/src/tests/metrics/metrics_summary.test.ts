import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollClient } from '@unroll/client'
import { MetricsSummary } from '@unroll/contract'
import { assertMatches, assertProblem, testApp } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'

test('GET …/metrics/summary sums up each series, and counts what is not finite apart', async (t) => {
  const service = await testApp(t)
  const { id, append, end } = await run(service)
  const losses = [4, NaN, 2, Infinity, 2, 8]
  await append(losses.map((loss, at) => ({ step: at + 1, series: { loss, ...(at === 1 && { accuracy: -Infinity }) } })))
  await end()
  const { body } = await service.http.get(`/v1/jobs/${id}/metrics/summary`)
  assertMatches(MetricsSummary, body)
  const { series, ...head } = body as MetricsSummary
  assert.deepEqual(head, { object: 'metrics_summary', cursor: '1.6', done: true, first_step: 1 })
  const { percentiles, ...loss } = series['loss'] ?? assert.fail()
  assert.deepEqual(loss, {
    n: 4,
    last: 8,
    min: 2,
    min_step: 3,
    max: 8,
    max_step: 6,
    mean: 4,
    nonfinite: { nan: 1, infinity: 1, negative_infinity: 0 },
  })
  for (const [rank, value] of [
    ['p1', 2],
    ['p50', 2],
    ['p75', 4],
    ['p99', 8],
  ] as const)
    assert.ok(Math.abs(Number(percentiles[rank]) / value - 1) <= 0.01, rank)
  const { last, min, mean, nonfinite, ...accuracy } = series['accuracy'] ?? assert.fail()
  assert.deepEqual(
    [last, min, mean, accuracy.min_step, nonfinite.negative_infinity],
    ['-Infinity', null, null, null, 1],
  )
})

test('GET …/metrics/summary gives the series asked for, once for each state of the run', async (t) => {
  const service = await testApp(t)
  const { id, append } = await run(service)
  const path = `/v1/jobs/${id}/metrics/summary`
  await append([{ step: 1, series: { loss: 1, 'grad_norm/layers.0.Wh': 2, 'grad_norm/layers.1.Wh': 3 } }])
  const { body, headers } = await service.http.get(`${path}?series=grad_norm/*`)
  assert.deepEqual(Object.keys((body as MetricsSummary).series), ['grad_norm/layers.0.Wh', 'grad_norm/layers.1.Wh'])
  assert.equal((await service.http.get(path).set('if-none-match', String(headers['etag']))).status, 304)
  assertProblem(await service.http.get(`${path}?series=nonsense`), 'INVALID_REQUEST')
  assertProblem(await service.http.get('/v1/jobs/job_00000000000000000000/metrics/summary'), 'JOB_NOT_FOUND')
})

test('UnrollClient gives what is not finite in a summary as numbers', async (t) => {
  const service = await testApp(t)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { id, append } = await run(service)
  await append([{ step: 1, series: { loss: NaN, grad_norm: 1 } }])
  const { series } = await new UnrollClient({ baseUrl }).jobs.metricsSummary(id, { series: ['loss'] })
  assert.deepEqual(Object.keys(series), ['loss'])
  assert.deepEqual([series['loss']?.last, series['loss']?.mean, series['loss']?.percentiles.p50], [NaN, null, null])
})
