// A compiled step is released when its run ends: memory stays flat over many runs, on every engine.

import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { selectEngine } from '@unroll/engines'
import { FLOAT32_ENGINES, needs } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, program } from './programs.ts'

const T = 3
const FULL = { from: 'initial', lossSteps: T, advance: T } as const
/** Allocators reach their size in the first of these cycles. */
const SETTLING = 60
const CYCLES = 120
const UPDATES = 600
/** Of allocators; 120 graphs, 1 MiB each, or the gates of 600 updates, 0.2 MiB each, would take three times as much. */
const GROWTH_BYTES = 40 * 2 ** 20
/** Smallest to compile. */
const SMALL = program({ model: modelOf('rnn', { H: 2 }) })
/** Of updates that make much. */
const WIDE = program({ model: modelOf('lstm', { H: 64, layers: 2 }), batchSize: 32 })
const OPTIONS = { learningRate: 0.01, metrics: true, flow: true }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in use: resident memory without what the JavaScript heap holds in reserve. */
function inUse(): number {
  collectGarbage()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return rss - heapTotal + heapUsed
}

/** Runs something many times over and asserts that memory does not grow once allocators have reached their size. */
async function assertFlat(t: TestContext, count: number, each: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; index < SETTLING; index++) await each(index)
  const before = inUse()
  for (let index = 0; index < count; index++) await each(SETTLING + index)
  const growth = inUse() - before
  t.diagnostic(`${count} times, memory in use grew by ${(growth / 2 ** 20).toFixed(1)} MiB`)
  assert.ok(growth < GROWTH_BYTES, `Memory in use grew by ${growth} bytes`)
}

for (const name of FLOAT32_ENGINES) {
  test(`${name} open(), step() and dispose() leave nothing behind, ${CYCLES} times over`, needs(name), async (t) => {
    const { engine } = await selectEngine(name)
    await assertFlat(t, CYCLES, async () => {
      const session = await engine.open(SMALL)
      await session.step(batchOf(SMALL, 0, T), FULL, OPTIONS)
      session.dispose()
      assert.equal(engine.live(), 0)
    })
  })
}

// On `cpu` a tensor is an array of JavaScript's, which is not ours to release.
for (const name of FLOAT32_ENGINES.filter((engine) => engine !== 'cpu')) {
  test(
    `${name} step() holds no more after ${UPDATES} updates than before, and nothing after dispose()`,
    needs(name),
    async (t) => {
      const { engine } = await selectEngine(name)
      const session = await engine.open(WIDE)
      await session.step(batchOf(WIDE, 0, T), FULL, OPTIONS)
      const held = engine.live()
      assert.ok(held > 0)
      await assertFlat(t, UPDATES, async (index) => {
        await session.step(batchOf(WIDE, index, T), FULL, OPTIONS)
        assert.equal(engine.live(), held)
      })
      session.dispose()
      assert.equal(engine.live(), 0)
    },
  )
}
