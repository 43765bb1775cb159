import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RELEASE, type Release } from '@unroll/contract'
import { openStore } from '../store.ts'
import { FAST, eventually, testStore } from '../testing/fixtures.ts'

const api = { role: 'api', host: 'node-1', pid: 1 } as const
const worker = { role: 'worker', host: 'node-2', pid: 2 } as const
const build = (version: string, protocol: number, mixesFrom: number): Release => ({ version, protocol, mixesFrom })

test('members.list() holds each process that joined, until its store is closed', async (t) => {
  const { store, url, prefix } = await testStore(t, { member: api })
  const second = await openStore({ url, prefix, timing: FAST, member: worker })
  const expected = [
    { ...api, release: RELEASE },
    { ...worker, release: RELEASE },
  ]
  assert.deepEqual(await store.members.list(), expected)
  await second.close()
  assert.deepEqual(await store.members.list(), expected.slice(0, 1))
})

test('members.list() goes on holding a process that lives, and forgets one that is silent', async (t) => {
  const timing = { ...FAST, workerLostMs: 2_000 }
  const { store, redis, prefix } = await testStore(t, { member: api, timing })
  const killed = JSON.stringify({ ...worker, release: RELEASE })
  await redis.zadd(`{${prefix}}:members`, Date.now() - 60_000, killed)
  await eventually(async () => (await redis.zscore(`{${prefix}}:members`, killed)) === null)
  assert.deepEqual(await store.members.list(), [{ ...api, release: RELEASE }])
})

for (const [running, joining, told] of [
  [
    build('0.4.0', 3, 3),
    build('0.3.0', 2, 1),
    'Cannot join the fleet as worker 0.3.0 (protocol 2) does not mix with API 0.4.0 (protocol 3) on node-1: 0.4.0 mixes with protocol 3 and newer; bring this worker to such a version, or stop the other first',
  ],
  [
    build('0.3.0', 2, 1),
    build('0.4.0', 3, 3),
    'Cannot join the fleet as worker 0.4.0 (protocol 3) does not mix with API 0.3.0 (protocol 2) on node-1: 0.4.0 mixes with protocol 3 and newer; bring that API to such a version, or stop the other first',
  ],
] as const)
  test(`openStore() refuses a worker ${joining.version} beside an API ${running.version}, and leaves no trace of it`, async (t) => {
    const { store, url, prefix } = await testStore(t, { member: { ...api, release: running } })
    await assert.rejects(openStore({ url, prefix, timing: FAST, member: { ...worker, release: joining } }), {
      name: 'ReleaseMismatchError',
      message: told,
    })
    assert.deepEqual(await store.members.list(), [{ ...api, release: running }])
  })

test('openStore() takes a worker of the next build that mixes', async (t) => {
  const { store, url, prefix } = await testStore(t, { member: { ...api, release: build('0.3.0', 2, 1) } })
  const next = await openStore({ url, prefix, timing: FAST, member: { ...worker, release: build('0.4.0', 3, 2) } })
  assert.equal((await store.members.list()).length, 2)
  await next.close()
})
