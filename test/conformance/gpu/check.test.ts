import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { hasNvidiaGpu } from '@unroll/libtensorflow'
import { GPU_GRAPH, needs } from '../interpreters.ts'

const CHECK = fileURLToPath(new URL('./check.js', import.meta.url))

function check(...options: readonly string[]) {
  return spawnSync(process.execPath, [CHECK, ...options], { encoding: 'utf8' })
}

test('check:gpu --help says what it compares, which options it has and what its exit codes mean', () => {
  const { status, stdout } = check('--help')
  assert.equal(status, 0)
  assert.match(stdout, /^Does the GPU .*\?/)
  assert.match(stdout, /--device gpu \| cpu/)
  assert.match(stdout, /3 there is no GPU/)
})

test('check:gpu refuses a device that it does not know', () => {
  const { status, stderr } = check('--device', 'tpu')
  assert.equal(status, 2)
  assert.match(stderr, /^Cannot check as --device must be gpu or cpu: current value is "tpu"\n/)
})

test(
  'check:gpu says that there is no GPU, and what can be done without one',
  hasNvidiaGpu() ? { skip: 'there is a GPU on this machine' } : {},
  () => {
    const { status, stderr } = check()
    assert.equal(status, 3)
    assert.match(stderr, /^Cannot use a GPU as NVIDIA's driver is not on this machine.*--device cpu/)
  },
)

test('check:gpu --device cpu compares the graph of a GPU and writes what came of it', needs(GPU_GRAPH.name), (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-check-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const out = join(folder, 'gpu_check.json')
  const { status, stdout } = check('--device', 'cpu', '--only', 'optimizers', '--out', out)
  assert.equal(status, 0, stdout)
  assert.match(
    stdout,
    / {2}✓ golden optimizers: 11 files, [1-9]\d* numbers, .*\n1 comparisons of [1-9]\d* numbers, 0 failed\n$/,
  )
  const { device, gpus, rows } = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>
  assert.deepEqual([device, gpus], ['cpu', []])
  assert.equal((rows as unknown[]).length, 1)
})

test('check:gpu fails where nothing was compared', needs(GPU_GRAPH.name), () => {
  const { status, stdout } = check('--device', 'cpu', '--only', 'no such comparison')
  assert.equal(status, 1)
  assert.match(stdout, /0 comparisons of 0 numbers/)
})
