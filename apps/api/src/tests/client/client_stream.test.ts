import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { UnrollClient } from '@unroll/client'
import { JOB, testApp, type TestApp } from '../../testing/app.ts'
import { collected } from '../../testing/collected.ts'

async function connected(t: TestContext): Promise<TestApp & { client: UnrollClient; baseUrl: string }> {
  const service = await testApp(t)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  return { ...service, baseUrl, client: new UnrollClient({ baseUrl }) }
}

test('stream() gives every row of a run once although its connections break, and ends with it', async (t) => {
  const { client, store, app } = await connected(t)
  const { id } = await client.jobs.create(JOB)
  const claim = await store.jobs.claim(id, 'wrk_00000000000000000000')
  assert.ok('epoch' in claim)
  await store.jobs.move(id, claim.epoch, 'running')
  const losses = [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const append = async (step: number) => {
    const rows = [{ step, series: { loss: losses[step - 1] ?? 0 } }]
    await store.metrics.append(id, claim.epoch, { firstSeq: step, rows })
  }
  const heard: [number, unknown][] = []
  const types: string[] = []
  await append(1)
  for await (const { type, data } of client.stream(id)) {
    types.push(type)
    if (type !== 'metrics') continue
    for (const [at, step] of data.steps.entries()) heard.push([step, data.series['loss']?.[at]])
    app.server.closeAllConnections()
    if (heard.length < losses.length) await append(heard.length + 1)
    else await store.jobs.move(id, claim.epoch, 'succeeded')
  }
  assert.deepEqual(
    heard,
    losses.map((loss, at) => [at + 1, loss]),
  )
  assert.equal(types.at(-1), 'end')
  assert.equal(types.filter((type) => type === 'event').length, 4)
})

test('stream() stops when its signal aborts, and when the service stays out of reach', async (t) => {
  const { client, app, baseUrl } = await connected(t)
  const { id } = await client.jobs.create(JOB)
  const abort = new AbortController()
  const streaming = async () => {
    for await (const { type } of client.stream(id, { signal: abort.signal })) if (type === 'status') abort.abort()
  }
  await assert.rejects(streaming, { name: 'AbortError' })
  await assert.rejects(collected(client.stream('job_00000000000000000000')), { code: 'JOB_NOT_FOUND' })
  await app.close()
  await assert.rejects(collected(new UnrollClient({ baseUrl }).stream(id, { patienceMs: 50 })), TypeError)
})

test('stream() takes a connection on which nothing comes for dead, and goes on over another', async (t) => {
  const {
    client: { jobs },
    baseUrl,
  } = await connected(t)
  const { id } = await jobs.create(JOB)
  let connections = 0
  const client = new UnrollClient({
    baseUrl,
    fetch: async (...request) => {
      connections++
      if (connections === 2) await jobs.cancel(id)
      return await fetch(...request)
    },
  })
  // The service shows that it is there after 15 s only. The silence may be longer than the patience with what is out of reach.
  const messages = await collected(client.stream(id, { types: ['event'], silentMs: 3_000, patienceMs: 2_000 }))
  assert.ok(connections >= 2)
  assert.deepEqual(
    messages.map(({ type, data }) => (type === 'event' ? data.code : type)),
    ['job_created', 'job_cancelled', 'end'],
  )
})

test('stream() says what it got where that is no stream', async (t) => {
  const gate = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<p>Please log in</p>'),
  )
  gate.listen(0, '127.0.0.1')
  await once(gate, 'listening')
  t.after(() => gate.close())
  const client = new UnrollClient({ baseUrl: `http://127.0.0.1:${(gate.address() as AddressInfo).port}` })
  await assert.rejects(collected(client.stream('job_00000000000000000000')), {
    code: 'UNEXPECTED_ANSWER',
    message: 'Got 200 of type "text/html" where text/event-stream was wanted',
  })
})
