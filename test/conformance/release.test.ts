// A compiled step is released when its run ends: memory stays flat over many runs, on every engine.

import assert from 'node:assert/strict'
import test from 'node:test'
import { selectEngine } from '@unroll/engines'
import { FLOAT32_ENGINES } from './interpreters.ts'
import { batchOf, program } from './programs.ts'

const T = 3
const FULL = { from: 'initial', lossSteps: T, advance: T } as const
/** Allocators reach their size in the first of these cycles. */
const SETTLING = 50
const CYCLES = 200
/** Of allocators; 200 graphs left behind would take many times as much. */
const GROWTH_BYTES = 40 * 2 ** 20

for (const name of FLOAT32_ENGINES) {
  test(`${name} open(), step() and dispose() leave nothing behind, ${CYCLES} times over`, async (t) => {
    const { engine } = await selectEngine(name)
    const cycle = async (): Promise<void> => {
      const session = await engine.open(program())
      await session.step(batchOf(program(), 0, T), FULL, { learningRate: 0.1, metrics: true, flow: true })
      session.dispose()
      assert.equal(engine.live(), 0)
    }
    for (let count = 0; count < SETTLING; count++) await cycle()
    const before = process.memoryUsage().rss
    for (let count = 0; count < CYCLES; count++) await cycle()
    const growth = process.memoryUsage().rss - before
    t.diagnostic(`${CYCLES} cycles, resident memory grew by ${Math.round(growth / 2 ** 20)} MiB`)
    assert.ok(growth < GROWTH_BYTES, `Resident memory grew by ${growth} bytes`)
  })
}
