import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '@unroll/contract'
import { computedByWords, outcomeWords, statusWords } from './outcome.ts'

const LEARNED = {
  at_chance: false,
  times_better_than_chance: 30.127,
  updates_skipped: 0,
  updates_zeroed: 0,
  findings: [],
}

test('statusWords() says of a run at chance that it is', () => {
  assert.equal(statusWords({ status: 'succeeded', outcome: LEARNED }), 'succeeded')
  assert.equal(statusWords({ status: 'succeeded', outcome: { ...LEARNED, at_chance: true } }), 'succeeded, at chance')
  assert.equal(statusWords({ status: 'running', outcome: null }), 'running')
})

test('outcomeWords() says how much better than chance a run is, what was not updated, and what was found', () => {
  assert.deepEqual(outcomeWords({ outcome: LEARNED }), ['30.1 times better than chance'])
  assert.deepEqual(
    outcomeWords({ outcome: { ...LEARNED, at_chance: true, updates_skipped: 119, findings: ['exploding'] } }),
    ['not better than chance', '119 updates skipped', 'exploding'],
  )
  assert.deepEqual(outcomeWords({ outcome: null }), [])
})

const CPU = { engine: 'tensorflow', device: 'cpu', gpus: [], shards: 2, tf32: false, deterministic: true }
const COMPUTED: [words: string | null, by: readonly (typeof CPU | null | { gpus: string[] })[]][] = [
  [null, []],
  [null, [CPU, null]],
  ['tensorflow on cpu, 2 shards, float32, deterministic', [null, CPU]],
  [
    'tensorflow on cuda, TF32, not deterministic',
    [{ ...CPU, device: 'cuda', gpus: ['GPU-1'], shards: 1, tf32: true, deterministic: false }],
  ],
  [
    'tensorflow on cuda, 4 GPUs, 8 shards, float32, deterministic',
    [{ ...CPU, device: 'cuda', gpus: ['GPU-1', 'GPU-2', 'GPU-3', 'GPU-4'], shards: 8 }],
  ],
]
for (const [words, by] of COMPUTED) {
  test(`computedByWords() says ${words ?? 'nothing before the newest attempt trains'} (${by.length} attempts)`, () => {
    const attempts = by.map((computed_by) => ({ computed_by })) as Job['attempts']
    assert.equal(computedByWords({ attempts }), words)
  })
}
