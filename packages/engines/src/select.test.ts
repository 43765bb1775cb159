import assert from 'node:assert/strict'
import test from 'node:test'
import { selectEngine } from './select.ts'

const ENGINES = [
  { asked: 'auto', name: 'tfjs', backend: 'wasm', reason: /"wasm" is the fastest that starts/ },
  { asked: 'wasm', name: 'tfjs', backend: 'wasm', reason: /"wasm" was asked for/ },
  { asked: 'cpu', name: 'tfjs', backend: 'cpu', reason: /"cpu" was asked for/ },
  { asked: 'oracle', name: 'oracle', backend: 'float64', reason: /"oracle" was asked for/ },
]

for (const { asked, name, backend, reason } of ENGINES) {
  test(`selectEngine() of "${asked}" starts ${name} on ${backend} and says why`, async () => {
    const selection = await selectEngine(asked)
    assert.deepEqual([selection.engine.name, selection.engine.backend], [name, backend])
    assert.match(selection.reason, reason)
    assert.equal(selection.engine.live(), 0)
    selection.engine.dispose()
  })
}

test('selectEngine() refuses a name it does not know', async () => {
  await assert.rejects(selectEngine('cuda'), {
    name: 'RangeError',
    message:
      'Cannot select an engine as its name must be one of auto, tensorflow, wasm, cpu, oracle: current value is "cuda"',
  })
})
