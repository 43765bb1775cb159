import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flow, Metrics, type MetricRow } from '@unroll/contract'
import type { Agent } from 'supertest'
import { assertMatches, assertProblem, testApp } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'

const ROWS: MetricRow[] = [
  { step: 1, series: { loss: 0.5, grad_norm: 2, evaluation_loss: 0.4 } },
  { step: 2, series: { loss: Number.NaN, grad_norm: Number.POSITIVE_INFINITY } },
  { step: 3, series: { loss: -0, grad_norm: Number.NEGATIVE_INFINITY } },
]

async function metricsOf(http: Agent, path: string): Promise<Metrics> {
  const { status, body } = await http.get(path)
  assert.equal(status, 200, JSON.stringify(body))
  assertMatches(Metrics, body)
  return body as Metrics
}

test('GET …/metrics gives rows as columns: non-finite values by name, null where nothing was measured', async (t) => {
  const service = await testApp(t)
  const { id, epoch, append } = await run(service)
  await append(ROWS)
  assert.deepEqual(await metricsOf(service.http, `/v1/jobs/${id}/metrics`), {
    object: 'metrics',
    cursor: `${epoch}.3`,
    done: false,
    first_step: 1,
    steps: [1, 2, 3],
    series: {
      loss: [0.5, 'NaN', 0],
      grad_norm: [2, 'Infinity', '-Infinity'],
      evaluation_loss: [0.4, null, null],
    },
  })
})

const SELECTIONS: [query: string, steps: number[], series: string[]][] = [
  ['series=loss', [1, 2, 3], ['loss']],
  ['series=grad_norm,loss', [1, 2, 3], ['grad_norm', 'loss']],
  ['series=loss&series=grad_norm', [1, 2, 3], ['loss', 'grad_norm']],
  ['series=grad_norm/layers.0.Wh', [1, 2, 3], ['grad_norm/layers.0.Wh']],
  ['series=loss&from_step=2', [2, 3], ['loss']],
  ['series=loss&to_step=2', [1, 2], ['loss']],
  ['series=loss&limit=1', [1], ['loss']],
]
for (const [query, steps, series] of SELECTIONS) {
  test(`GET …/metrics?${query} gives steps ${steps.join(', ')} of ${series.join(', ')}`, async (t) => {
    const service = await testApp(t)
    const { id, append } = await run(service)
    await append(ROWS)
    const metrics = await metricsOf(service.http, `/v1/jobs/${id}/metrics?${query}`)
    assert.deepEqual(metrics.steps, steps)
    assert.deepEqual(Object.keys(metrics.series), series)
    for (const column of Object.values(metrics.series)) assert.equal(column.length, steps.length)
  })
}

test('GET …/metrics polled with its cursor gives each row once, and is done when the job has ended', async (t) => {
  const service = await testApp(t)
  const { id, append, end } = await run(service)
  const poll = (after: string) => metricsOf(service.http, `/v1/jobs/${id}/metrics?limit=2&after=${after}`)
  await append(ROWS)
  const first = await poll('0.0')
  const second = await poll(first.cursor)
  assert.deepEqual([first.steps, second.steps], [[1, 2], [3]])
  assert.deepEqual((await poll(second.cursor)).steps, [])
  await append([{ step: 4, series: { loss: 1 } }])
  await end()
  const last = await poll(second.cursor)
  assert.deepEqual([last.steps, last.done], [[4], true])
})

test('GET …/metrics answers 304 until a row comes or the job ends', async (t) => {
  const service = await testApp(t)
  const { id, epoch, append, end } = await run(service)
  const path = `/v1/jobs/${id}/metrics`
  const get = (etag: string) => service.http.get(path).set('if-none-match', etag)
  await append(ROWS)
  const { headers } = await service.http.get(path)
  assert.equal(headers['etag'], `"${epoch}.3"`)
  assert.equal(headers['cache-control'], 'private, no-cache')
  const same = await get(headers['etag'])
  assert.equal(same.status, 304)
  assert.equal(same.text, '')
  assert.equal((await get(`"other", W/${headers['etag']}`)).status, 304)
  await append([{ step: 4, series: { loss: 1 } }])
  const moved = await get(headers['etag'])
  assert.equal(moved.status, 200)
  await end()
  const ended = await get(String(moved.headers['etag']))
  assert.equal(ended.status, 200)
  assert.equal(ended.headers['etag'], `"${epoch}.4.done"`)
})

test('GET …/metrics tells a reader of a lost attempt which rows are void', async (t) => {
  const service = await testApp(t)
  const { id, append, epoch } = await run(service)
  await append(ROWS)
  await service.store.jobs.move(id, epoch, 'interrupted', { reason: 'worker_draining' })
  await service.store.queue.reconcile()
  const claim = await service.store.jobs.claim(id, 'wrk_00000000000000000001')
  assert.ok('epoch' in claim)
  await service.store.metrics.append(id, claim.epoch, { firstSeq: 1, rows: [{ step: 1, series: { loss: 9 } }] })
  const metrics = await metricsOf(service.http, `/v1/jobs/${id}/metrics?after=${epoch}.3`)
  assert.equal(metrics.resumed_from_step, claim.fromStep)
  assert.deepEqual(metrics.steps, [1])
})

const FLOW: MetricRow = {
  step: 10,
  series: { loss: 1 },
  flow: [
    { h: Float32Array.of(Number.NEGATIVE_INFINITY, -2.5, -1.25, 0), c: Float32Array.of(-4, -3, -2, -1) },
    { h: Float32Array.of(-8, -6, Number.NaN, Number.POSITIVE_INFINITY), c: Float32Array.of(1, 2, 3, 4) },
  ],
}

test('GET …/flow gives a row of T values for each observed step of a layer', async (t) => {
  const service = await testApp(t)
  const { id, epoch, append } = await run(service)
  await append([ROWS[0], FLOW].filter((row) => row !== undefined))
  const { status, body } = await service.http.get(`/v1/jobs/${id}/flow?layer=1`)
  assert.equal(status, 200)
  assertMatches(Flow, body)
  assert.deepEqual(body, {
    object: 'flow',
    cursor: `${epoch}.2`,
    done: false,
    first_step: 10,
    layer: 1,
    layers: 2,
    steps: [10],
    timesteps: [1, 2, 3, 4],
    log10_norm: [[-8, -6, 'NaN', 'Infinity']],
    cell_state: [[1, 2, 3, 4]],
  })
  const first = (await service.http.get(`/v1/jobs/${id}/flow`)).body as Flow
  assert.deepEqual(first.log10_norm, [['-Infinity', -2.5, -1.25, 0]])
})

test('GET …/flow puts null before the start of windows that reach back less far', async (t) => {
  const service = await testApp(t)
  const { id, append } = await run(service, { bptt: { mode: 'truncated', k1: 2, k2: 4 } })
  await append([{ step: 1, series: {}, flow: [{ h: Float32Array.of(-2, -1) }, { h: Float32Array.of(-2, -1) }] }])
  const { timesteps, log10_norm } = (await service.http.get(`/v1/jobs/${id}/flow`)).body as Flow
  assert.deepEqual(timesteps, [1, 2, 3, 4])
  assert.deepEqual(log10_norm, [[null, null, -2, -1]])
})

test('GET …/flow refuses a layer that the network does not have', async (t) => {
  const service = await testApp(t)
  const { id } = await run(service)
  const problem = assertProblem(await service.http.get(`/v1/jobs/${id}/flow?layer=2`), 'INVALID_REQUEST')
  assert.deepEqual(problem.errors, [{ pointer: 'layer', detail: 'Must be < 2: current value is 2', value: 2 }])
})
