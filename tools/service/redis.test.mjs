import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { provideRedis } from '../provision/redis.mjs'
import { startRedis } from './redis.mjs'

test('startRedis() runs a durable server that never evicts, on the loopback interface', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-redis-'))
  const redis = await startRedis({ server: await provideRedis(), folder, onGiveUp: () => assert.fail('gave up') })
  t.after(async () => {
    await redis.child.stop()
    assert.match(readFileSync(join(folder, 'redis.log'), 'utf8'), /ready to exit, bye bye/)
    rmSync(folder, { recursive: true })
  })
  const { hostname, port } = new URL(redis.url)
  assert.equal(hostname, '127.0.0.1')
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  for (const [name, value] of [
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['maxmemory-policy', 'noeviction'],
    ['bind', '127.0.0.1'],
  ]) {
    socket.write(`CONFIG GET ${name}\r\n`)
    const [answer] = await once(socket, 'data')
    assert.match(answer.toString(), new RegExp(`\\b${value}\\b`), name)
  }
})
