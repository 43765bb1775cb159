import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bpttWords, clippingWords, dataWords, memoryWords, reasonWords } from './words.ts'

const COST = { parameters: 10, flops_per_step: 100, memory_bytes: 2 ** 20 }
const queue = { position: null, waiting_for: null, eta_seconds: null, eta_unknown: null }

for (const [got, wanted] of [
  [dataWords({ data: { task: 'temporal_order', symbols: 2 } }), 'temporal order'],
  [dataWords({ data: { dataset: 'ds_1', validation_fraction: 0.05 } }), 'dataset ds_1'],
  [bpttWords({ bptt: { mode: 'full' }, sequence_length: 1000 }), 'full, T = 1,000'],
  [
    bpttWords({ bptt: { mode: 'truncated', k1: 20, k2: 40 }, sequence_length: 100 }),
    'truncated, T = 100, k1 = 20, k2 = 40',
  ],
  [
    bpttWords({ bptt: { mode: 'randomised', k1: 20, truncation_probability: 0.5 }, sequence_length: 100 }),
    'randomised, T = 100, k1 = 20, p = 0.5',
  ],
  [
    bpttWords({
      bptt: { mode: 'adaptive', k1: 20, k2_max: null, bias_bound: 0.5, adapt_every: 100 },
      sequence_length: 100,
    }),
    'adaptive, T = 100, k1 = 20, k2 ≤ 100, δ = 0.5',
  ],
  [memoryWords(COST), 'about 1 MiB'],
  [memoryWords({ ...COST, gpu_memory_bytes: 2 ** 20 + 1 }), 'about 1 MiB'],
  [memoryWords({ ...COST, gpu_memory_bytes: 2 ** 24 }), 'about 1 MiB, 16 MiB on a GPU'],
  [clippingWords({ clipping: { policy: 'none', nonfinite: 'fail' } }), 'none'],
  [clippingWords({ clipping: { policy: 'norm', threshold: 1, nonfinite: 'fail' } }), 'norm, threshold = 1'],
  [reasonWords({ status_reason: 'user_cancelled', error: null, outcome: null, queue }), 'user cancelled'],
  [
    reasonWords({ status_reason: null, error: null, outcome: null, queue: { ...queue, position: 0 } }),
    'next in the queue',
  ],
  [
    reasonWords({
      status_reason: 'preempted',
      error: null,
      outcome: null,
      queue: { ...queue, position: 3, waiting_for: 'a worker' },
    }),
    'preempted · waiting for a worker · 3 ahead in the queue',
  ],
  [
    reasonWords({
      status_reason: 'engine_error',
      error: { code: 'X', message: 'Out of memory', pointer: null },
      outcome: null,
      queue,
    }),
    'Out of memory',
  ],
  [reasonWords({ status_reason: null, error: null, outcome: null, queue }), ''],
] as const) {
  test(`A run is told as "${wanted}"`, () => {
    assert.equal(got, wanted)
  })
}
