import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job, Page, QueueState } from '@unroll/contract'
import { JOB, assertProblem, testApp, type TestApp } from '../../testing/app.ts'
import { startRedis } from '../../testing/redis.ts'

interface Board {
  queues: {
    name: string
    counts: Record<string, number>
    jobs: { id: string; externalUrl: { href: string } }[]
    readOnlyMode: boolean
  }[]
}

const ACCELERATORS = ['any', 'cpu', 'cpu', 'gpu', 'gpu', 'gpu']

async function boardOf({ http }: TestApp, query: object = {}): Promise<Board> {
  return (await http.get('/queues/api/queues').query(query).expect(200)).body as Board
}

/** A service with jobs in line for each accelerator, one of which a worker has taken. */
async function busyApp(t: Parameters<typeof testApp>[0]): Promise<TestApp> {
  const service = await testApp(t)
  const { store, http } = service
  for (const [at, accelerator] of ACCELERATORS.entries())
    await http
      .post('/v1/jobs')
      .send({ ...JOB, resources: { accelerator }, priority: 10 - at })
      .expect(201)
  let finish = (): void => {}
  await new Promise<void>((taken) => {
    const consumer = store.queue.consume(
      async (id) => {
        await store.jobs.claim(id, 'wrk_1')
        taken()
        await new Promise<void>((resolve) => (finish = resolve))
        return 'return'
      },
      { slots: 1, accelerator: 'gpu' },
    )
    t.after(async () => {
      finish()
      await consumer.close({ timeoutMs: 60_000 })
    })
  })
  return service
}

test('the board of queues counts what GET /v1/queue counts, and shows the jobs that GET /v1/jobs lists', async (t) => {
  const service = await busyApp(t)
  const { lines } = (await service.http.get('/v1/queue').expect(200)).body as QueueState
  const { queues } = await boardOf(service)
  assert.deepEqual(
    queues.map(({ name, counts }) => [name, counts['prioritized'], counts['waiting'], counts['active']]),
    lines.map(({ accelerator, depth }) => [`jobs-${accelerator}`, depth, 0, accelerator === 'gpu' ? 1 : 0]),
  )
  assert.equal(
    lines.reduce((sum, { depth }) => sum + depth, 0),
    ACCELERATORS.length - 1,
  )

  const shown: string[] = []
  for (const { name } of queues) {
    const board = await boardOf(service, { activeQueue: name, status: 'prioritized', page: 1, jobsPerPage: 100 })
    const jobs = board.queues.find((queue) => queue.name === name)?.jobs ?? []
    for (const { id, externalUrl } of jobs) assert.equal(externalUrl.href, `/#/jobs/${id}`)
    shown.push(...jobs.map(({ id }) => id))
  }
  const listed = (await service.http.get('/v1/jobs').query({ status: 'queued' }).expect(200)).body as Page<Job>
  assert.deepEqual(shown.toSorted(), listed.data.map(({ id }) => id).toSorted())
})

test('the board of queues can be looked at alone: whatever would change a queue is refused', async (t) => {
  const service = await busyApp(t)
  const before = await boardOf(service)
  assert.ok(before.queues.every(({ readOnlyMode }) => readOnlyMode))
  const job = '/queues/api/queues/jobs-cpu/job_1'
  for (const [method, path] of [
    ['put', '/queues/api/queues/pause'],
    ['put', '/queues/api/queues/jobs-cpu/pause'],
    ['put', '/queues/api/queues/jobs-cpu/empty'],
    ['put', '/queues/api/queues/jobs-cpu/obliterate'],
    ['put', '/queues/api/queues/jobs-cpu/clean/prioritized'],
    ['post', '/queues/api/queues/jobs-cpu/add'],
    ['put', `${job}/clean`],
    ['put', `${job}/promote`],
    ['patch', `${job}/update-data`],
  ] as const) {
    const { status } = await service.http[method](path).send({})
    assert.ok(status === 404 || status === 405, `${method} ${path} answered ${status}`)
  }
  assert.deepEqual(await boardOf(service), before)
})

test('GET /queues serves a page whose scripts and styles are files of this service, at each of its addresses', async (t) => {
  const { http } = await testApp(t)
  for (const path of ['/queues', '/queues/queue/jobs-any', '/queues/queue/jobs-any/job_1']) {
    const { text, headers } = await http.get(path).expect(200)
    assert.match(String(headers['content-type']), /^text\/html/)
    assert.match(
      String(headers['content-security-policy']),
      /script-src 'self'; style-src 'self' 'sha256-[\w+/]{43}=';/,
    )
    assert.doesNotMatch(text, /style=|<style/)
    assert.match(text, /<base href="\/queues\/" \/>/)
    assert.doesNotMatch(text, /<%/)
    const files = Array.from(text.matchAll(/(?:src|href)="(static\/[^"]+)"/g), ([, file]) => file)
    assert.ok(files.length >= 4)
    for (const file of files) await http.get(`/queues/${file}`).expect(200)
  }
})

test('the board of queues answers STORE_UNAVAILABLE while Redis is away', async (t) => {
  const redis = await startRedis()
  const service = await testApp(t, { url: redis.url })
  await boardOf(service)
  await redis.stop()
  assertProblem(await service.http.get('/queues/api/queues'), 'STORE_UNAVAILABLE')
})
