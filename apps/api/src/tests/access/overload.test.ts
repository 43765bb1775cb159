import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Job } from '@unroll/contract'
import { fastify } from 'fastify'
import { slowBodies } from '../../plugins/slow_bodies.ts'
import { JOB, assertProblem, testApp } from '../../testing/app.ts'
import { GRID } from '../../testing/sweeps.ts'
import type { App } from '../../types.ts'

const TEXT = { 'content-type': 'text/plain' }

test('with a disk or a Redis that is nearly full nothing new is stored; all else goes on, at once also that', async (t) => {
  const disk = { free: 2, readFree: () => Promise.resolve(disk.free), reservedBytes: 1 }
  const service = await testApp(t, { disk })
  const { http, app, store } = service
  const job = (await http.post('/v1/jobs').send(JOB).expect(201)).body as Job
  disk.free = 0
  await until(async () => (await http.post('/v1/jobs').send(JOB)).status === 507)
  const refused = [
    await http.post('/v1/jobs').send(JOB),
    await http.post('/v1/sweeps').send(GRID),
    await http.post('/v1/datasets').set(TEXT).send('a'),
    await http
      .patch('/v1/uploads/u')
      .set({ 'content-type': 'application/octet-stream', 'upload-offset': '0' })
      .send('a'),
  ]
  for (const answer of refused) {
    assert.equal(answer.status, 507)
    assert.match(assertProblem(answer, 'STORAGE_FULL').detail, /0 bytes left/)
  }
  assert.match(JSON.stringify((await http.get('/readyz').expect(200)).body), /Nothing new is stored: the disk/)
  await http.post(`/v1/jobs/${job.id}/cancel`).expect(202)
  await http.delete(`/v1/jobs/${job.id}`).expect(204)

  disk.free = 2
  await until(async () => (await http.post('/v1/jobs').send(JOB)).status === 201)
  t.mock.method(store.usage, 'memory', () => Promise.resolve({ usedBytes: 91, mostBytes: 100 }))
  await until(async () => (await http.post('/v1/jobs').send(JOB)).status === 507)
  assert.match((await app.room.findFault()) ?? '', /Redis uses 91 of 100 bytes/)
})

test('a service whose event loop is late refuses requests with 503, but not its probes, and recovers', async (t) => {
  const { http } = await testApp(t, { mostDelayMs: 200 })
  await until(async () => {
    for (const since = performance.now(); performance.now() - since < 1_500;); // the loop is late
    const answer = await http.get('/v1/jobs')
    if (answer.status !== 503) return false
    assert.match(assertProblem(answer, 'OVERLOADED').detail, /event loop/)
    assert.ok(Number(answer.headers['retry-after']) > 0)
    await http.get('/livez').expect(200)
    return true
  })
  await until(async () => (await http.get('/v1/jobs')).status === 200)
})

test(
  'an upload that hardly comes is broken off, and one that waits for the service is not',
  { timeout: 60_000 },
  async (t) => {
    const app = fastify() as unknown as App
    slowBodies(app, 200)
    app.addContentTypeParser('text/plain', async (_request: unknown, body: unknown) => body)
    let broken = 0
    app.post('/', { config: { isUpload: true } }, async ({ raw }) => {
      if (raw.headers['x-read'] === 'yes') raw.resume().once('aborted', () => (broken += 1))
      await once(raw, 'close')
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const begin = (read: 'yes' | 'no') => {
      const headers = { ...TEXT, 'transfer-encoding': 'chunked', 'x-read': read }
      const upload = sendRequest({ port, host: '127.0.0.1', method: 'POST', headers })
      upload.on('error', () => {})
      upload.write('a'.repeat(100))
      return upload
    }
    const waiting = begin('no')
    t.after(async () => {
      waiting.destroy() // first: to close waits for it
      await app.close()
    })
    for (let n = 1; n <= 3; n += 1) await new Promise((resolve) => begin('yes').once('close', resolve))
    assert.equal(broken, 3)
    assert.equal(waiting.destroyed, false)
  },
)

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 30_000; !(await holds());) assert.ok(performance.now() < limit, 'in vain')
}
