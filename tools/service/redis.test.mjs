import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { provideRedis } from '../provision/redis.mjs'
import { answerOf, startRedis } from './redis.mjs'

/** @import { TestContext } from 'node:test' */

/**
 * A server of the test's own, which ends with it.
 * @param {TestContext} t
 * @param {Partial<Parameters<typeof startRedis>[0]>} [options]
 */
async function started(t, options = {}) {
  const folder = options.folder ?? folderFor(t)
  const onGiveUp = () => assert.fail('gave up')
  const redis = await startRedis({ server: await provideRedis(), onGiveUp, ...options, folder })
  t.after(() => redis.child.stop())
  return { ...redis, folder }
}

/** @param {TestContext} t */
function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-redis-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** @param {string} url */
const withoutPassword = (url) => url.replace(/:[^:@]+@/, ':@')

test('startRedis() kills a server that no longer answers, and starts it again with its data', async (t) => {
  /** @type {number[]} */
  const pids = []
  const onStart = (/** @type {number} */ pid) => pids.push(pid)
  const { url } = await started(t, { silenceMs: 1_000, onStart })
  assert.equal(await answerOf('SET kept 1', url), '+OK')
  const asked = async () => Number(/cmdstat_ping:calls=(\d+)/.exec(await answerOf('INFO commandstats', url))?.[1])
  const before = await asked()
  while ((await asked()) < before + 2) await sleep(20) // by then it is known to have answered
  process.kill(pids[0] ?? 0, 'SIGSTOP')
  while (pids.length < 2) await sleep(20)
  while ((await answerOf('EXISTS kept', url).catch(() => '')) !== ':1') await sleep(20)
})

test('startRedis() runs a durable server that never evicts, on the loopback interface', async (t) => {
  const { url, child, folder } = await started(t)
  assert.equal(new URL(url).hostname, '127.0.0.1')
  for (const [name, value] of [
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['maxmemory-policy', 'noeviction'],
    ['bind', '127.0.0.1'],
  ])
    assert.match(await answerOf(`CONFIG GET ${name}`, url), new RegExp(`\\b${value}\\b`), name)
  await child.stop()
  assert.match(readFileSync(join(folder, 'redis.log'), 'utf8'), /ready to exit, bye bye/)
})

test('startRedis() runs a server that nobody uses without its password, which the owner of the folder alone can read', async (t) => {
  const server = await provideRedis()
  /** @type {number[]} */
  const pids = []
  const { url, folder } = await started(t, { server, onStart: (pid) => pids.push(pid) })
  const { password } = new URL(url)
  assert.match(password, /^[0-9a-f]{64}$/)
  assert.match(await answerOf('PING', withoutPassword(url)), /^-/)
  assert.match(await answerOf('SET job 1', url.replace(password, 'guessed')), /^-WRONGPASS/)
  assert.ok(!readFileSync(`/proc/${pids[0]}/cmdline`, 'utf8').includes(password), 'every user reads arguments')
  assert.ok(!readFileSync(`/proc/${pids[0]}/environ`, 'utf8').includes(password))
  const holding = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path, 'latin1').includes(password))
  assert.deepEqual(holding.toSorted(), [join(folder, 'redis.conf'), join(folder, 'url')])
  for (const path of holding) assert.equal(statSync(path).mode & 0o777, 0o600, path)
})

test('startRedis() keeps password and port of a folder, and takes one that has none or that others could read', async (t) => {
  const folder = folderFor(t)
  const first = await started(t, { folder })
  assert.equal(await answerOf('SET kept 1', first.url), '+OK')
  await first.child.stop()
  chmodSync(join(folder, 'url'), 0o644)
  const second = await started(t, { folder })
  assert.equal(second.url, first.url)
  assert.equal(statSync(join(folder, 'url')).mode & 0o777, 0o600)
  await second.child.stop()
  for (const name of ['url', 'redis.conf']) rmSync(join(folder, name)) // as before there were passwords
  const third = await started(t, { folder })
  assert.notEqual(new URL(third.url).password, new URL(first.url).password)
  assert.equal(await answerOf('GET kept', third.url), '$1\r\n1')
})
