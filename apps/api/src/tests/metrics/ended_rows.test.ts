import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Segments } from '@unroll/history'
import type { MetricRow } from '@unroll/contract'
import { readSegmentName } from '@unroll/store'
import { NO_TRACING, Registry } from '@unroll/telemetry'
import { buildApp } from '../../app.ts'
import { archiveEnded } from '../../jobs/keeper.ts'
import { testApp, type TestApp } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'
import { saved } from '../../testing/runs.ts'

const STEPS = 2_400

/** Series that come and go, in an order that changes; flow of two layers now and then, with a probe flow at times. */
function rowAt(step: number): MetricRow {
  const series: Record<string, number> = {}
  if (step % 50 === 0) series['evaluation_loss'] = -step / 3
  series['loss'] = [1 / step, NaN, Infinity, -Infinity, -0][step % 5] ?? 0
  if (step > 700) series[`grad_norm/layers.${step % 3}.Wh`] = Math.sin(step)
  series['grad_norm'] = Math.exp(-step / 500)
  const h = Float32Array.of(-step / 10, -Infinity, NaN, 0.25)
  const layer = { h, c: Float32Array.of(1, 2, 3, 4), ...(step % 21 === 0 && { probe: Float32Array.of(0, -1, -2, -3) }) }
  return { step, series, ...(step % 7 === 0 && { flow: [layer, { h }] }) }
}

const rowsBetween = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => rowAt(first + at))

/** Of some addresses, which are also asked for as tables. */
const IS_TABLE = /^(?:metrics\?(?:&.*)?|flow\?after.*(?:limit|max_steps)=\d+.*|probe.*)$/
const FORMATS = ['application/json', 'text/csv', 'application/vnd.apache.arrow.stream']

/** Addresses below the job. */
function addresses(): string[] {
  const ranges = [
    '',
    'from_step=333',
    'to_step=1001',
    'from_step=100&to_step=899',
    'after=1.250',
    'after=2.40&to_step=700',
  ]
  const rows = ranges.flatMap((range) => [
    `metrics?${range}`,
    `metrics?${range}&limit=100`,
    `metrics?${range}&series=grad_norm/*,loss&limit=37`,
    ...[16, 255, 256, 799, 800, 801].map((points) => `metrics?${range}&max_points=${points}`),
    `flow?${range}`,
    `flow?${range}&limit=11&layer=1`,
    ...[5, 36, 113, 114, 115].map((steps) => `flow?${range}&max_steps=${steps}&max_timesteps=3`),
  ])
  return [
    ...rows,
    'probe',
    'probe?step=500',
    'metrics/summary',
    'metrics/summary?series=loss',
    'diagnosis',
    'events?limit=100',
    '',
  ]
}

interface Answer {
  status: number
  headers: (string | null)[]
  body: string
}

/** What a process of the API that was just started answers: nothing is remembered. */
async function answersOf({ store, artifacts }: TestApp, id: string): Promise<Map<string, Answer>> {
  const services = { store, artifacts, segments: new Segments(artifacts), maxDatasetBytes: 1, tracing: NO_TRACING }
  const app = buildApp({ ...services, registry: new Registry() })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const all = new Map<string, Answer>()
  for (const address of addresses()) {
    for (const accept of IS_TABLE.test(address) ? FORMATS : ['application/json']) {
      const path = `/v1/jobs/${id}/${address}`.replace(/\/$/, '')
      all.set(`${address} as ${accept}`, await answerOf(url + path, accept))
    }
  }
  for (const query of ['', '?types=metrics,flow&layer=1', '?series=loss']) {
    const path = `/v1/jobs/${id}/stream${query}`
    all.set(`stream${query}`, await answerOf(url + path, 'text/event-stream'))
  }
  await app.close()
  return all
}

async function answerOf(url: string, accept: string): Promise<Answer> {
  const response = await fetch(url, { headers: { accept } })
  const headers = ['etag', 'unroll-cursor', 'content-type'].map((name) => response.headers.get(name))
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()).toString('latin1') }
}

test('every answer about a run that has ended is the same, byte for byte, before and after its rows have left Redis', async (t) => {
  const service = await testApp(t)
  const { store } = service
  const job = await run(service)
  for (let step = 1; step < 900; step += 45) await job.append(rowsBetween(step, step + 44))
  await saved(service, { job: job.id, epoch: job.epoch, step: 500 }) // in the middle of a frame
  await job.restart()
  for (let step = 501; step < STEPS; step += 80) await job.append(rowsBetween(step, Math.min(STEPS, step + 79)))
  await job.end()
  const before = await answersOf(service, job.id)
  await archiveEnded(service, 60_000, { log: service.app.log })
  const frames = async () => (await store.metrics.line(job.id, 'scalars')).frames.map(readSegmentName)
  assert.ok((await frames()).length > 20, 'a run that has just ended is left as it is')
  await archiveEnded(service, 0, { log: service.app.log })
  assert.deepEqual(
    (await frames()).map((name) => name !== undefined),
    [true, true],
    'a segment for each attempt',
  )
  const after = await answersOf(service, job.id)
  assert.deepEqual([...after.keys()], [...before.keys()])
  for (const [address, answer] of after) assert.deepEqual(answer, before.get(address), address)
  const bytes = [...before.values()].reduce((sum, { body }) => sum + body.length, 0)
  const good = [...before.values()].filter(({ status }) => status === 200).length
  t.diagnostic(`${before.size} answers, ${good} of them 200, of ${bytes} bytes in all`)
  assert.ok(good === before.size && good > 100)
})

test('rows that cannot be stored stay in Redis, are told of, hold up no other job, and leave later', async (t) => {
  const service = await testApp(t)
  const jobs = [await run(service), await run(service)]
  for (const job of jobs) {
    await job.append(rowsBetween(1, 50))
    await job.end()
  }
  const [first] = jobs
  const { artifacts } = service
  const put = artifacts.put.bind(artifacts)
  const failing = t.mock.method(artifacts, 'put', (key: string, source: AsyncIterable<Uint8Array>) =>
    key.includes(first?.id ?? '') ? Promise.reject(new Error('disk is full')) : put(key, source),
  )
  const warned: unknown[] = []
  const log = { info: () => {}, warn: (about: unknown) => void warned.push(about) }
  await archiveEnded(service, 0, { log })
  assert.deepEqual(
    warned.map((about) => (about as { jobId: string }).jobId),
    [first?.id],
  )
  assert.deepEqual((await service.store.usage.redis()).rows.jobs, 1)
  failing.mock.restore()
  await archiveEnded(service, 0, { log })
  assert.deepEqual((await service.store.usage.redis()).rows, { jobs: 0, bytes: 0 })
})
