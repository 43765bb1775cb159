import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { launch } from './testing/launch.mjs'

/** @import { TestContext } from 'node:test' */

test('npm start runs two instances side by side, and each stops cleanly on the Ctrl-C of its terminal', async (t) => {
  const instances = await Promise.all([startInstance(t), startInstance(t)])
  assert.equal(new Set(instances.map(({ address }) => address)).size, 2)
  for (const { address } of instances) assert.equal((await fetch(`${address}/readyz`)).status, 200)
  for (const instance of instances) {
    const pids = instance.pids()
    assert.equal(pids.length, 4, 'itself, redis, api and worker')
    const [code] = await instance.interrupt()
    assert.equal(code, 0)
    assert.match(instance.output(), /Stopping worker, then api, then redis\n[^]* {2}Stopped\n$/)
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    assert.ok(!existsSync(join(instance.folder, 'unroll.pid')))
  }
})

test('npm start starts the API again when it dies', async (t) => {
  const instance = await startInstance(t)
  const [, , api = 0] = instance.pids()
  process.kill(api, 'SIGKILL')
  await until(() => instance.output().includes('Starting api again'))
  await until(async () => (await fetch(`${instance.address}/readyz`).catch(() => undefined))?.status === 200)
  await instance.interrupt()
})

test('npm start ends with what is wrong when a part never comes up', async (t) => {
  const instance = launchStart(t, { UNROLL_LOCK_MS: '1' })
  const [code] = await instance.exit
  assert.equal(code, 1)
  assert.match(instance.output(), /^ {4}.*UNROLL_LOCK_MS must be >= 500: current value is "1"$/m)
  assert.match(instance.output(), /^ {2}(api|worker) has ended 5 times and has never come up: giving up$/m)
  assert.match(instance.output(), / {2}Stopped\n$/)
})

/**
 * Starts the service and waits until it runs.
 * @param {TestContext} t
 */
async function startInstance(t) {
  const { folder, child, output, interrupt } = launchStart(t)
  await until(() => output().includes('Unroll runs at') || child.exitCode !== null)
  assert.equal(child.exitCode, null, output())
  return {
    folder,
    address: /Unroll runs at (\S+)/.exec(output())?.[1] ?? '',
    output,
    pids: () =>
      JSON.parse(readFileSync(join(folder, 'unroll.pid'), 'utf8')).map((/** @type {{ pid: number }} */ { pid }) => pid),
    interrupt,
  }
}

/**
 * @param {TestContext} t
 * @param {Record<string, string>} [settings]
 */
function launchStart(t, settings = {}) {
  return launch(t, 'start', { env: { PORT: '0', UNROLL_EXAMPLES: '0', ...settings } })
}

/** @param {() => boolean | Promise<boolean>} condition */
async function until(condition) {
  while (!(await condition())) await sleep(20)
}
