// The memory of a long window: bounded where its segments are gone through again.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needs } from './interpreters.ts'

const BOUND_MIB = 150
const SEGMENT_STEPS = 100 // √T
const PEAK = fileURLToPath(new URL('./peak.js', import.meta.url))
const TOLD = existsSync('/proc/self/status') ? {} : { skip: 'this system does not tell the peak of resident memory' }

/** MiB that an update over 10,000 steps takes beyond a loaded engine, in a process of its own. */
async function peakMib(engine: string, ...segmentSteps: readonly number[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [PEAK, engine, ...segmentSteps.map(String)])
  return Number(stdout)
}

for (const name of ['tensorflow', 'wasm']) {
  test(
    `${name} goes through 10,000 steps in segments within ${BOUND_MIB} MiB`,
    { ...TOLD, ...needs(name) },
    async (t) => {
      const mib = await peakMib(name, SEGMENT_STEPS)
      t.diagnostic(`${mib.toFixed(0)} MiB`)
      assert.ok(mib > 0 && mib < BOUND_MIB, `${mib}`)
    },
  )
}

test(
  'the same window needs more than that where everything is kept',
  { ...TOLD, ...needs('tensorflow') },
  async (t) => {
    const mib = await peakMib('tensorflow')
    t.diagnostic(`${mib.toFixed(0)} MiB`)
    assert.ok(mib > BOUND_MIB, `${mib}`)
  },
)
