import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Watchdog } from './watchdog.ts'

const SILENCE_MS = 2_000
const COMPUTES = 'for (;;);'
const WAITS = 'setInterval(() => {}, 3_600_000)'
const STOPS = "process.kill(process.pid, 'SIGSTOP'); for (;;);"

/** Watches a process that runs a script. */
function watched(t: TestContext, script: string): { isFrozen: boolean; watchdog: Watchdog } {
  const { pid = 0 } = spawn(process.execPath, ['-e', script], { stdio: 'ignore' })
  const state = {
    isFrozen: false,
    watchdog: new Watchdog({ pid, silenceMs: SILENCE_MS, onFrozen: () => (state.isFrozen = true) }),
  }
  t.after(() => {
    state.watchdog.close()
    process.kill(pid, 'SIGKILL')
  })
  return state
}

for (const { what, script, says, frozen } of [
  { what: 'computes and says nothing', script: COMPUTES, says: false, frozen: false },
  { what: 'waits and says so', script: WAITS, says: true, frozen: false },
  { what: 'waits and says nothing', script: WAITS, says: false, frozen: true },
  { what: 'is stopped', script: STOPS, says: false, frozen: true },
])
  test(
    `Watchdog takes a process that ${what} for ${frozen ? 'frozen' : 'alive'}`,
    { skip: process.platform !== 'linux' },
    async (t) => {
      const looked = watched(t, script)
      const reference = watched(t, STOPS) // watched no longer than the other
      while (!(frozen ? looked : reference).isFrozen) {
        if (says) looked.watchdog.hear()
        await sleep(50)
      }
      assert.equal(looked.isFrozen, frozen)
    },
  )

test(
  'Watchdog does not count a time in which this process itself did not run',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const looked = watched(t, WAITS)
    const since = performance.now()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * SILENCE_MS)
    while (!looked.isFrozen) await sleep(50)
    assert.ok(performance.now() - since >= 2 * SILENCE_MS + 1_000)
  },
)
