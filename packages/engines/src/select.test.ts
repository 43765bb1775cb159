import assert from 'node:assert/strict'
import test from 'node:test'
import { findLibrary } from '@unroll/libtensorflow'
import { selectEngine } from './select.ts'

const ENGINES = [
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

test('selectEngine() of "auto" starts TensorFlow where libtensorflow has been provided', async (t) => {
  if (findLibrary() === undefined) return t.skip('libtensorflow is not on this machine')
  const { engine, reason } = await selectEngine('auto')
  assert.equal(engine.name, 'tensorflow')
  assert.equal(reason, 'Engine "tensorflow" is the fastest that starts on this machine')
  engine.dispose()
  return undefined
})

test('selectEngine() of "auto" says that libtensorflow is missing and starts WASM', async (t) => {
  const { XDG_CACHE_HOME } = process.env
  t.after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME
  })
  process.env['XDG_CACHE_HOME'] = '/nowhere'
  const { engine, reason } = await selectEngine('auto')
  assert.equal(engine.backend, 'wasm')
  assert.match(reason, /^Engine "wasm" is the fastest that starts on this machine; .*"tensorflow".*libtensorflow/)
  engine.dispose()
})

test('selectEngine() refuses a name it does not know', async () => {
  await assert.rejects(selectEngine('cuda'), {
    name: 'RangeError',
    message:
      'Cannot select an engine as its name must be one of auto, tensorflow, wasm, cpu, oracle: current value is "cuda"',
  })
})
