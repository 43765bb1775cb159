import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Child } from './child.mjs'
import { isRunning } from './processes.mjs'

const QUICK_RESTART = { ends: 3, withinMs: 60_000, minMs: 1, factor: 1 }

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'unroll-child-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('Child starts a process again when it ends, and gives up when it ends too often', async () => {
  /** @type {number[]} */
  const pids = []
  await new Promise((resolve) => {
    nodeChild("console.log('one more start'); process.exit(3)", {
      onStart: (pid) => pids.push(pid),
      onGiveUp: () => resolve(undefined),
    }).start()
  })
  assert.equal(new Set(pids).size, QUICK_RESTART.ends)
  const starts = () => log().match(/one more start/g)?.length ?? 0
  while (starts() < QUICK_RESTART.ends) await sleep(5)
  assert.equal(starts(), QUICK_RESTART.ends)
})

test('Child.stop() lets a process end in its own way', async () => {
  const child = await runningChild("process.once('SIGTERM', () => { console.log('goodbye'); process.exit() })")
  await child.stop()
  assert.match(log(), /goodbye/)
})

test('Child.stop() kills a process that ignores it, and what that has started', async () => {
  const child = await runningChild(
    `const { pid } = require('node:child_process').spawn('sleep', ['600'])
     console.log('grandchild ' + pid)
     process.on('SIGTERM', () => {})`,
    { stopMs: 100 },
  )
  await child.stop()
  const grandchild = Number(/grandchild (\d+)/.exec(log())?.[1])
  while (isRunning(grandchild)) await sleep(5)
})

test('Child.stop() ends the waiting for a restart', async () => {
  const starts = []
  const child = nodeChild('process.exit(1)', {
    restart: { ...QUICK_RESTART, minMs: 3_600_000 },
    onStart: (pid) => starts.push(pid),
  })
  child.start()
  await child.stop()
  assert.equal(starts.length, 1)
})

test('Child shows the lines that its filter lets through', async (t) => {
  const shown = t.mock.method(console, 'error', () => {})
  const child = await runningChild("console.log('quiet'); console.error('loud')", {
    show: (line) => (line === 'loud' ? line : undefined),
  })
  await child.stop()
  assert.deepEqual(
    shown.mock.calls.map(({ arguments: [text] }) => text),
    ['  [trial] loud'],
  )
})

/**
 * @param {string} script
 * @param {Partial<import('./child.mjs').ChildOptions>} [options]
 */
function nodeChild(script, options = {}) {
  return new Child({
    name: 'trial',
    command: process.execPath,
    args: ['-e', script],
    logFile: join(folder, 'trial.log'),
    stopMs: 10_000,
    restart: QUICK_RESTART,
    onGiveUp: () => assert.fail('gave up'),
    ...options,
  })
}

/**
 * A child that has run its script to the end and stays.
 * @param {string} script
 * @param {Partial<import('./child.mjs').ChildOptions>} [options]
 */
async function runningChild(script, options = {}) {
  const child = nodeChild(`${script}\nconsole.log('running'); setInterval(() => {}, 1000)`, options)
  child.start()
  while (!log().includes('running')) await sleep(5)
  return child
}

function log() {
  return readFileSync(join(folder, 'trial.log'), { encoding: 'utf8', flag: 'a+' })
}
