import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Worker } from '@unroll/client'
import { engineWords, workerNotes } from './worker_words.ts'

const GPU = {
  uuid: 'GPU-0d70be84-560c-cf1e-8d49-c41015f45415',
  name: 'Tesla P100-PCIE-16GB',
  driver: '580.178.04',
  memory_bytes: 2 ** 34,
  memory_used_bytes: 2 ** 30,
  utilization: 0.87,
  temperature_celsius: 64,
  fault: null,
}
const REASON = 'Engine "wasm" is the fastest that starts on this machine; Cannot load libtensorflow'
const worker = {
  engine: 'tfjs',
  device: 'wasm',
  engine_reason: REASON,
  engine_fallback: false,
  vector_lanes: null,
  labels: {},
  gpus: [],
}

const NOTES: [what: string, about: Partial<Worker>, notes: ReturnType<typeof workerNotes>][] = [
  ['nothing where nothing is to be said', {}, []],
  ['which labels it has', { labels: { site: 'oslo', pool: 'a100' } }, [{ text: 'pool=a100,site=oslo', warns: false }]],
  ['why a faster engine does not train', { engine_fallback: true }, [{ text: REASON, warns: true }]],
  [
    'memory, use and temperature of each GPU',
    { gpus: [GPU, { ...GPU, memory_used_bytes: null, utilization: null, temperature_celsius: null }] },
    [
      { text: 'Tesla P100-PCIE-16GB · 1 GiB of 16 GiB · 87 % busy · 64 °C', warns: false },
      { text: 'Tesla P100-PCIE-16GB · 16 GiB', warns: false },
    ],
  ],
  [
    'after how long a more urgent job may have a slot',
    { preemption_after_seconds: 90 },
    [{ text: 'more urgent jobs preempt after 1 min 30 s', warns: false }],
  ],
  [
    'a GPU that is gone',
    { gpus: [{ ...GPU, fault: 'GPU is lost' }] },
    [{ text: 'Tesla P100-PCIE-16GB: GPU is lost', warns: true }],
  ],
]
for (const [what, about, notes] of NOTES) {
  test(`workerNotes() says ${what}`, () => {
    assert.deepEqual(workerNotes({ ...worker, ...about } as Worker), notes)
  })
}

test('engineWords() says what trains, on what, and how wide its vectors are', () => {
  assert.equal(engineWords(worker as unknown as Worker), 'tfjs on wasm')
  const native = { ...worker, engine: 'tensorflow', device: 'cpu', vector_lanes: 16 }
  assert.equal(engineWords(native as unknown as Worker), 'tensorflow on cpu, 16 numbers in a vector')
})
