import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { UnrollClient, UnrollProblem, type MetricsPage } from '@unroll/client'
import { QueueState } from '@unroll/contract'
import { assertMatches, testApp, type TestApp } from '../../testing/app.ts'
import { collected } from '../../testing/collected.ts'
import { sampleWorker } from '../../testing/worker.ts'

// The client is held against the service itself: both sides are real.

async function connected(t: TestContext): Promise<TestApp & { client: UnrollClient; baseUrl: string }> {
  const service = await testApp(t)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...service, baseUrl, client: new UnrollClient({ baseUrl: `${baseUrl}/` }) } // as people write it
}

const JOB = { model: { cell: 'rnn' }, data: { task: 'adding' } } as const

test('UnrollClient submits, reads, lists and cancels jobs', async (t) => {
  const { client } = await connected(t)
  const job = await client.jobs.create({ ...JOB, training: { max_steps: 5 } }, { idempotencyKey: 'once' })
  assert.equal(
    (await client.jobs.create({ ...JOB, training: { max_steps: 5 } }, { idempotencyKey: 'once' })).id,
    job.id,
  )
  assert.equal((await client.jobs.get(job.id)).spec.training.max_steps, 5)
  assert.equal((await client.jobs.dryRun(JOB)).estimate.parameters, job.estimate.parameters)
  assert.equal((await client.jobs.cancel(job.id)).status, 'cancelled')
  const events = await collected(client.jobs.eachEvent(job.id, { limit: 1 }))
  assert.deepEqual(
    events.map(({ code }) => code),
    ['job_created', 'job_cancelled'],
  )
  assert.deepEqual((await client.workers()).data, [])
})

test('UnrollClient pauses, resumes, changes and deletes jobs', async (t) => {
  const { client } = await connected(t)
  const { id, revision } = await client.jobs.create(JOB)
  assert.equal((await client.jobs.pause(id)).status, 'paused')
  assert.equal((await client.jobs.resume(id)).status, 'queued')
  assert.equal((await client.jobs.update(id, { name: 'renamed' }, { revision })).name, 'renamed')
  await assert.rejects(client.jobs.update(id, { name: 'again' }, { revision }), { code: 'JOB_CHANGED' })
  await assert.rejects(client.jobs.delete(id), { code: 'JOB_NOT_ENDED' })
  await client.jobs.cancel(id)
  await client.jobs.delete(id)
  await assert.rejects(client.jobs.get(id), { code: 'JOB_NOT_FOUND' })
})

test('UnrollClient drains and undrains workers, and reads the queue', async (t) => {
  const { client, store } = await connected(t)
  const worker = sampleWorker()
  await store.workers.heartbeat(worker)
  assert.equal((await client.drainWorker(worker.id)).status, 'draining')
  assert.equal(await store.workers.heartbeat(worker), 'hand_back')
  await client.drainWorker(worker.id, { running: 'finish' })
  assert.equal(await store.workers.heartbeat(worker), 'finish')
  assert.equal((await client.undrainWorker(worker.id)).status, 'online')
  await client.jobs.create({ ...JOB, resources: { accelerator: 'gpu' } })
  const state = await client.queue()
  assertMatches(QueueState, state)
  assert.deepEqual(
    state.lines.map(({ accelerator, depth, workers }) => [accelerator, depth, workers]),
    [
      ['any', 0, 1],
      ['cpu', 0, 1],
      ['gpu', 1, 0],
    ],
  )
})

test('UnrollClient pauses and resumes queues, one or all', async (t) => {
  const { client } = await connected(t)
  const paused = ({ lines }: QueueState) => lines.flatMap((line) => (line.paused_at === null ? [] : [line.accelerator]))
  assert.deepEqual(paused(await client.pauseQueue({ accelerator: 'gpu' })), ['gpu'])
  const { queue } = await client.jobs.dryRun({ ...JOB, resources: { accelerator: 'gpu' } })
  assert.deepEqual([queue.position, queue.waiting_for], [0, 'the queue "gpu" to be resumed'])
  assert.deepEqual(paused(await client.pauseQueue()), ['any', 'cpu', 'gpu'])
  assert.deepEqual(paused(await client.resumeQueue({ accelerator: 'any' })), ['cpu', 'gpu'])
  assert.deepEqual(paused(await client.resumeQueue()), [])
})

test('UnrollClient lists page after page, with filters', async (t) => {
  const { client } = await connected(t)
  const ids: string[] = []
  for (const team of ['a', 'b', 'a', 'a']) ids.unshift((await client.jobs.create({ ...JOB, metadata: { team } })).id)
  const all: string[] = []
  for await (const { id } of client.jobs.each({ limit: 2 })) all.push(id)
  assert.deepEqual(all, ids)
  assert.deepEqual(
    (await client.jobs.list({ metadata: { team: 'b' }, status: 'queued', cell: 'rnn' })).data.map(({ id }) => id),
    [ids[2]],
  )
})

test('UnrollClient uploads, lists and deletes data sets', async (t) => {
  const { client } = await connected(t)
  const dataset = await client.datasets.create('to be or not to be', { name: 'hamlet' })
  assert.deepEqual(await client.datasets.get(dataset.id), dataset)
  for await (const found of client.datasets.each()) assert.deepEqual(found, dataset)
  await client.datasets.delete(dataset.id)
  assert.deepEqual((await client.datasets.list()).data, [])
})

test('UnrollClient throws the problem that the service answers', async (t) => {
  const { client } = await connected(t)
  await assert.rejects(client.jobs.create({ ...JOB, sequence_length: 0 }), (error) => {
    assert.ok(error instanceof UnrollProblem)
    assert.equal(error.status, 422)
    assert.equal(error.code, 'INVALID_SPECIFICATION')
    assert.deepEqual(
      error.problem.errors?.map(({ pointer }) => pointer),
      ['/sequence_length'],
    )
    return true
  })
})

test('UnrollClient reads a run reduced to buckets, and as rows where they are few', async (t) => {
  const { client, store } = await connected(t)
  const { id } = await client.jobs.create({ ...JOB, sequence_length: 10 })
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  const rows = Array.from({ length: 20 }, (_, at) => ({
    step: at + 1,
    series: { loss: at === 7 ? Number.NaN : at },
    flow: [{ h: new Float32Array(10).fill(at === 7 ? Number.NEGATIVE_INFINITY : at) }],
  }))
  await store.metrics.append(id, claim.epoch, { firstSeq: 1, rows })
  const overview = await client.jobs.metricsOverview(id, { max_points: 3, series: ['loss'] })
  assert.ok('bucket_steps' in overview)
  assert.deepEqual(overview.series['loss']?.last, [Number.NaN, 15, 19])
  const few = await client.jobs.metricsOverview(id, { max_points: 3, from_step: 8, to_step: 9 })
  assert.ok(!('bucket_steps' in few))
  assert.deepEqual(few.series['loss'], [Number.NaN, 8])
  const tile = await client.jobs.flowTile(id, { max_steps: 3, max_timesteps: 2, from_timestep: 9 })
  assert.ok('bucket_steps' in tile)
  assert.deepEqual(
    [tile.bucket_steps, tile.log10_norm.max, tile.log10_norm.zero],
    [
      8,
      [
        [6, 6],
        [15, 15],
        [19, 19],
      ],
      [
        [1, 1],
        [0, 0],
        [0, 0],
      ],
    ],
  )
  const flow = await client.jobs.flowTile(id, { from_step: 8, to_step: 8 })
  assert.ok(!('bucket_steps' in flow))
  assert.deepEqual(flow.log10_norm, [Array.from({ length: 10 }, () => Number.NEGATIVE_INFINITY)])
})

test('followMetrics() gives every row of a run once, non-finite ones as numbers, and ends with it', async (t) => {
  const { client, baseUrl, store } = await connected(t)
  const { id } = await client.jobs.create(JOB)
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  await store.jobs.move(id, claim.epoch, 'running')
  const append = (firstSeq: number, loss: number) =>
    store.metrics.append(id, claim.epoch, { firstSeq, rows: [{ step: firstSeq, series: { loss } }] })
  const pages: MetricsPage[] = []
  const statuses: number[] = []
  const counting = new UnrollClient({
    baseUrl,
    fetch: async (...request) => {
      const response = await fetch(...request)
      statuses.push(response.status)
      if (response.status === 304 && pages.length === 2) await append(3, Number.POSITIVE_INFINITY)
      return response
    },
  })
  await append(1, 0.5)
  for await (const page of counting.followMetrics(id, { series: ['loss'], intervalMs: 10 })) {
    pages.push(page)
    if (pages.length === 1) await append(2, Number.NaN)
    if (pages.length === 3) await store.jobs.move(id, claim.epoch, 'succeeded')
  }
  assert.deepEqual(
    pages.map(({ steps, series, done }) => [steps, series['loss'], done]),
    [
      [[1], [0.5], false],
      [[2], [Number.NaN], false],
      [[3], [Number.POSITIVE_INFINITY], false],
      [[], [], true],
    ],
  )
  assert.ok(statuses.includes(304), 'unchanged metrics are not sent again')
})

test('followMetrics() tells that a run was taken up again from an earlier step', async (t) => {
  const { client, store } = await connected(t)
  const { id } = await client.jobs.create(JOB)
  const work = async (worker: string) => {
    const claim = await store.jobs.claim(id, worker)
    assert.ok('epoch' in claim)
    await store.jobs.move(id, claim.epoch, 'running')
    const rows = [1, 2].map((step) => ({ step, series: { loss: claim.epoch } }))
    await store.metrics.append(id, claim.epoch, { firstSeq: 1, rows })
    return claim.epoch
  }
  const first = await work('wrk_00000000000000000000')
  const seen: [number[], number | undefined][] = []
  for await (const { steps, resumed_from_step, done } of client.followMetrics(id, { intervalMs: 10 })) {
    seen.push([steps, resumed_from_step])
    if (done || seen.length > 1) break
    await store.jobs.move(id, first, 'interrupted', { reason: 'worker_draining' })
    await store.queue.reconcile()
    await work('wrk_00000000000000000001')
  }
  assert.deepEqual(seen, [
    [[1, 2], undefined],
    [[1, 2], 0],
  ])
})

test('followMetrics() stops when its signal aborts, and when the service stays out of reach', async (t) => {
  const { client, app, baseUrl } = await connected(t)
  const { id } = await client.jobs.create(JOB)
  const abort = new AbortController()
  const following = collected(client.followMetrics(id, { signal: abort.signal, intervalMs: 10_000 }))
  setTimeout(() => abort.abort(), 50)
  await assert.rejects(following, { name: 'AbortError' })
  await app.close()
  const lost = new UnrollClient({ baseUrl }).followMetrics(id, { intervalMs: 10, patienceMs: 50 })
  await assert.rejects(collected(lost), TypeError)
})
