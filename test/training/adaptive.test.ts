// Adaptive truncation: how far the gradient reaches back follows how it decays, and what it then leaves out is within the bound.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { runJob } from './run.ts'

const T = 40
const TEXT = 'the quick brown fox jumps over the lazy dog. '.repeat(12)
const DATASET = { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0.2 }

interface Look {
  step: number
  /** k2 of the steps after the look, once it is reached. */
  k2: number
  bound: number
  /** The relative bias, measured, once that k2 is reached and before the next look. */
  bias: number
}

async function train(
  body: { bptt: { k1: number; adapt_every: number; bias_bound: number; k2_max?: number }; [field: string]: unknown },
  text?: string,
) {
  const { engine } = await selectEngine('oracle')
  const run = await runJob(
    engine,
    {
      sequence_length: T,
      ...body,
      training: { batch_size: 8, max_steps: 60, evaluate_every: 0 },
      optimizer: { type: 'adam', learning_rate: 0.003 },
      observe: { flow_every: 0, bias_every: 1 },
      bptt: { mode: 'adaptive', ...body.bptt },
    },
    text === undefined ? {} : { text },
  )
  engine.dispose()
  const { adapt_every: every } = body.bptt
  const rowOf = (step: number) => run.rows[step - 1]!.series
  const steps = run.rows.filter(({ series }) => series['truncation_bound'] !== undefined).map(({ step }) => step)
  const looks = steps.flatMap((step): Look[] => {
    const next = step === 1 ? every : step + every
    if (next > run.rows.length) return []
    const { k2, truncation_bias: bias } = rowOf(next)
    return [{ step, k2: k2!, bound: rowOf(step)['truncation_bound']!, bias: bias! }]
  })
  return { run, steps, looks, k2s: run.rows.map(({ series }) => series['k2']!) }
}

test('the decay that is measured of a linear recurrent unit is the magnitude of its eigenvalues, and k2 is that of the decay', async (t) => {
  for (const radius of [0.5, 0.7, 0.9]) {
    const { run, looks } = await train({
      model: { cell: 'lru', hidden_size: 6, init: { r_min: radius, r_max: radius } },
      data: { task: 'adding' },
      bptt: { k1: 1, adapt_every: 5, bias_bound: 0.2 },
    })
    const first = run.rows[0]!.series
    assert.ok(Math.abs(first['gradient_decay']! - radius) < 0.01, `${first['gradient_decay']}, not ${radius}`)
    const { k2, bound } = looks[0]!
    const left = (steps: number) => radius ** steps - radius ** T
    const shorter = (bound * left(k2 - 1)) / left(k2)
    assert.ok(k2 < T && bound <= 0.2 && shorter > 0.2 * 0.97, `k2 ${k2}: ${bound}, with a step less ${shorter}`)
  }
  t.diagnostic('3 radii')
})

const JOBS: readonly [what: string, body: Parameters<typeof train>[0], text?: string][] = [
  [
    'one answer',
    {
      model: { cell: 'lstm', hidden_size: 5 },
      data: { task: 'adding' },
      bptt: { k1: 5, adapt_every: 10, bias_bound: 0.5 },
    },
  ],
  [
    'answers all along, the state carried',
    {
      model: { cell: 'rnn', hidden_size: 8 },
      data: { task: 'delayed_echo', lag: 5 },
      bptt: { k1: 2, adapt_every: 15, bias_bound: 0.1 },
    },
  ],
  [
    'a text, the state carried, with a largest k2',
    {
      model: { cell: 'gru', hidden_size: 8 },
      data: DATASET,
      sequence_length: 20,
      bptt: { k1: 3, adapt_every: 12, bias_bound: 0.1, k2_max: 14 },
    },
    TEXT,
  ],
]

for (const [what, body, text] of JOBS)
  test(`adaptive truncation of ${what} holds the measured bias within the bound, by a k2 that follows the network`, async (t) => {
    const { run, looks, k2s } = await train(body, text)
    const { k1, adapt_every: every, bias_bound: most, k2_max = T } = body.bptt
    assert.equal(run.outcome.type, 'succeeded')
    assert.deepEqual(
      looks.map(({ step }) => step),
      [1, ...run.rows.map(({ step }) => step).filter((step) => step % every === 0)].slice(0, looks.length),
    )
    assert.equal(k2s[0], k1)
    for (const k2 of k2s) assert.ok((k2 % k1 === 0 || k2 === k2_max) && k2 >= k1 && k2 <= k2_max, `k2 ${k2}`)
    for (const { step, k2, bound, bias } of looks) {
      assert.ok(bound <= most || k2 === k2_max, `step ${step}: ${bound} with k2 ${k2}`)
      assert.ok(bias <= most || k2 === k2_max, `step ${step}: bias ${bias} with k2 ${k2}`)
    }
    const chosen = new Set(looks.map(({ k2 }) => k2))
    if (text === undefined) assert.ok(chosen.size > 1 && Math.min(...chosen) < T, [...chosen].join())
    if (what.includes('carried')) k2s.slice(1).forEach((k2, at) => assert.ok(k2 <= k2s[at]! + k1))
    t.diagnostic(
      `${looks.length} choices, k2 ${[...chosen].join(', ')}; bias ${looks.map(({ bias }) => bias.toFixed(3)).join(', ')}`,
    )
  })
