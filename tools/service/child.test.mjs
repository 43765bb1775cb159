import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Child } from './child.mjs'
import { askHttp } from './liveness.mjs'
import { isRunning } from './processes.mjs'

const QUICK_RESTART = { starts: 3, leastMs: 1, factor: 1, mostMs: 1, steadyMs: 60_000 }

/** Answers one request on a port that it says, and then does as it is told. @param {string} then */
const answersOnce = (then) => `
  const server = require('node:http').createServer((request, response) =>
    response.end('alive', () => setImmediate(() => { ${then} })))
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))`
const LIVES_UNTIL_ANSWERED = answersOnce('process.exit(1)')

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'unroll-child-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('Child starts a process again when it ends, and gives up one that has never come up', async () => {
  /** @type {number[]} */
  const pids = []
  await new Promise((resolve) => {
    nodeChild("console.log('one more start'); process.exit(3)", {
      onStart: (pid) => pids.push(pid),
      onGiveUp: () => resolve(undefined),
    }).start()
  })
  assert.equal(new Set(pids).size, QUICK_RESTART.starts)
  const starts = () => log().match(/one more start/g)?.length ?? 0
  while (starts() < QUICK_RESTART.starts) await sleep(5)
  assert.equal(starts(), QUICK_RESTART.starts)
})

for (const { ends, steadyMs, pauses } of [
  { ends: 'at once', steadyMs: 3_600_000, pauses: [0.01, 0.02, 0.04, 0.05, 0.05] },
  { ends: 'after it has lived for long', steadyMs: 0, pauses: [0.01, 0.01, 0.01, 0.01, 0.01] },
])
  test(`Child never gives up what has been up once: it pauses ${pauses.join(', ')} s where it ends ${ends}`, async (t) => {
    const told = t.mock.method(console, 'error', () => {})
    const pausesTold = () =>
      told.mock.calls.flatMap(({ arguments: [text] }) => /again in (\S+) s/.exec(text)?.[1] ?? []).map(Number)
    const child = nodeChild(LIVES_UNTIL_ANSWERED, {
      liveness: { ask: askLogged, silenceMs: 60_000 },
      restart: { starts: 1, leastMs: 10, factor: 2, mostMs: 50, steadyMs },
    })
    child.start()
    while (pausesTold().length < pauses.length) await sleep(5)
    await child.stop()
    assert.deepEqual(pausesTold().slice(0, pauses.length), pauses)
  })

for (const { what, script } of [
  { what: 'spins', script: 'for (;;);' },
  { what: 'is stopped', script: "process.kill(process.pid, 'SIGSTOP')" },
])
  test(`Child kills a process that ${what} once it has answered, and starts it again`, async (t) => {
    const told = t.mock.method(console, 'error', () => {})
    /** @type {number[]} */
    const pids = []
    const child = nodeChild(answersOnce(script), {
      liveness: { ask: askLogged, silenceMs: 1_000 },
      onStart: (pid) => pids.push(pid),
    })
    child.start()
    while (pids.length < 3) await sleep(5)
    await child.stop()
    const sentences = told.mock.calls.map(({ arguments: [text] }) => text)
    assert.ok(sentences.includes('  trial has not answered for 1 s: killing it'), sentences.join('\n'))
    assert.ok(sentences.includes('  trial has ended (SIGKILL); its last lines:'), sentences.join('\n'))
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
    restart: { ...QUICK_RESTART, leastMs: 3_600_000 },
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

/** Asks the process whose log names a port last. @param {AbortSignal} signal */
async function askLogged(signal) {
  const port = log()
    .match(/(?<=^port )\d+$/gm)
    ?.at(-1)
  await askHttp(`http://127.0.0.1:${port}`)(signal)
}

function log() {
  return readFileSync(join(folder, 'trial.log'), { encoding: 'utf8', flag: 'a+' })
}
