import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { provideRedis } from '../provision/redis.mjs'
import { answerOf, startRedis } from './redis.mjs'

test('startRedis() kills a server that no longer answers, and starts it again with its data', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-redis-'))
  /** @type {number[]} */
  const pids = []
  const onStart = (/** @type {number} */ pid) => pids.push(pid)
  const onGiveUp = () => assert.fail('gave up')
  const redis = await startRedis({ server: await provideRedis(), folder, silenceMs: 1_000, onStart, onGiveUp })
  t.after(async () => {
    await redis.child.stop()
    rmSync(folder, { recursive: true })
  })
  const port = Number(new URL(redis.url).port)
  assert.equal(await answerOf('SET kept 1', port), '+OK')
  const asked = async () => Number(/cmdstat_ping:calls=(\d+)/.exec(await answerOf('INFO commandstats', port))?.[1])
  const before = await asked()
  while ((await asked()) < before + 2) await sleep(20) // by then it is known to have answered
  process.kill(pids[0] ?? 0, 'SIGSTOP')
  while (pids.length < 2) await sleep(20)
  while ((await answerOf('EXISTS kept', port).catch(() => '')) !== ':1') await sleep(20)
})

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
