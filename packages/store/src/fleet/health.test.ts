import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atEnd, testStore } from '../testing/fixtures.ts'
import { TestServer } from '../testing/server.ts'

test('health() warns in words of settings under which jobs may be lost, and of nothing else', async (t) => {
  const server = await TestServer.start()
  atEnd(t, () => server.remove())
  const { store, redis } = await testStore(t, { url: server.url })

  const sound = await store.health()
  assert.equal(sound.ready, true)
  assert.match(sound.server ?? '', /^(?:Redis|Valkey) \d+\.\d+/)
  assert.ok(sound.pingMs !== null && sound.pingMs > 0)
  assert.deepEqual(sound.warnings, [])

  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await redis.config('SET', 'appendonly', 'no')
  assert.deepEqual((await store.health()).warnings, [
    'Redis may drop jobs when its memory is full: maxmemory-policy must be "noeviction", it is "allkeys-lru"',
    'Redis may lose accepted jobs when it crashes: appendonly must be "yes", it is "no"',
  ])
})
