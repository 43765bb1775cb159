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
    assert.deepEqual([selection.isFallback, selection.vectorLanes], [false, null])
    assert.equal(selection.engine.live(), 0)
    selection.engine.dispose()
  })
}

test('selectEngine() of "auto" starts TensorFlow where libtensorflow has been provided', async (t) => {
  if (findLibrary() === undefined) return t.skip('libtensorflow is not on this machine')
  const { engine, reason, isFallback, vectorLanes } = await selectEngine('auto')
  assert.equal(engine.name, 'tensorflow')
  assert.equal(reason, 'Engine "tensorflow" is the fastest that starts on this machine')
  assert.equal(isFallback, false)
  assert.ok([4, 8, 16].includes(vectorLanes ?? 0), String(vectorLanes))
  engine.dispose()
  return undefined
})

test('selectEngine() of "tensorflow" says that it computes on the CPU where it is bound to a GPU that it does not find', async (t) => {
  if (findLibrary() === undefined) return t.skip('libtensorflow is not on this machine')
  const { CUDA_VISIBLE_DEVICES } = process.env
  t.after(() => {
    if (CUDA_VISIBLE_DEVICES === undefined) delete process.env['CUDA_VISIBLE_DEVICES']
    else process.env['CUDA_VISIBLE_DEVICES'] = CUDA_VISIBLE_DEVICES
  })
  for (const [visible, isLeft] of [
    ['GPU-0d70be84-560c-cf1e-8d49-c41015f45415', true],
    ['', false],
    ['-1', false],
  ] as const) {
    process.env['CUDA_VISIBLE_DEVICES'] = visible
    const { engine, reason, isFallback } = await selectEngine('tensorflow')
    assert.deepEqual([engine.backend, isFallback], ['cpu', isLeft])
    assert.equal(/it computes on the CPU/.test(reason), isLeft)
    engine.dispose()
  }
  return undefined
})

test('selectEngine() of "auto" says that libtensorflow is missing and starts WASM', async (t) => {
  const { XDG_CACHE_HOME } = process.env
  t.after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME
  })
  process.env['XDG_CACHE_HOME'] = '/nowhere'
  const { engine, reason, isFallback, vectorLanes } = await selectEngine('auto')
  assert.equal(engine.backend, 'wasm')
  assert.deepEqual([isFallback, vectorLanes], [true, null])
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
