import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseOldServer } from './connection.ts'
import { openStore } from '../store.ts'
import { atEnd, createJob, eventually, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

test('openStore() rejects with STORE_UNAVAILABLE that names the server, but no password, when none answers', async () => {
  await assert.rejects(openStore({ url: 'redis://me:secret@127.0.0.1:1' }), (error: Error) => {
    assert.match(error.message, /^Cannot open the store at "127\.0\.0\.1:1": .*ECONNREFUSED/)
    assert.doesNotMatch(error.message, /secret/)
    assert.equal((error as Error & { code: string }).code, 'STORE_UNAVAILABLE')
    return true
  })
})

for (const [version, isRefused] of [
  ['5.0.14', true],
  ['6.0.16', true],
  ['6.2.0', false],
  ['7.0.15', false],
  ['10.1.0', false],
] as const) {
  test(`refuseOldServer() ${isRefused ? 'refuses' : 'accepts'} Redis ${version}`, () => {
    const check = () => refuseOldServer(new Map([['redis_version', version]]))
    if (isRefused) assert.throws(check, { message: `Redis must be 6.2 or newer: this is ${version}` })
    else check()
  })
}

test('Store calls fail at once with STORE_UNAVAILABLE while the server is away, and go on once it is back', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store } = await testStore(t, { url: server.url })
  const { id } = await createJob(store)
  await server.stop()

  const calls = [
    () => store.jobs.get(id),
    () => store.jobs.claim(id, 'wrk_1'),
    () => createJob(store),
    () => store.events.list(id),
    () => store.metrics.head(id),
    () => store.workers.list(),
    () => store.datasets.list(),
    () => store.jobs.count(),
    () => store.control.subscribe(id, () => {}),
  ]
  const since = performance.now()
  for (const call of calls) await assert.rejects(call, { name: 'UnrollError', code: 'STORE_UNAVAILABLE' })
  assert.ok(performance.now() - since < 5_000, 'less than one command may take')
  const { ready, warnings } = await store.health()
  assert.equal(ready, false)
  assert.match(warnings.join('\n'), /^Cannot reach Redis: /)

  await server.start()
  const job = await eventually(() => store.jobs.get(id).catch(() => undefined))
  assert.equal(job.status, 'queued')
})
