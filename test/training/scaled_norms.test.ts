// Norms far beyond the square root of what float32 holds, and far below it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Engine } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { runJob } from './run.ts'

let engine: Engine
before(async () => {
  engine = (await selectEngine('wasm')).engine
})
after(() => engine.dispose())

/** A linear rnn whose state stays 0, so that only the gradient grows: by its spectral radius a step. */
function linear(radius: number, T: number): object {
  const init = { input: 'zeros', recurrent: 'identity', spectral_radius: radius }
  return {
    model: { cell: 'rnn', activation: 'identity', hidden_size: 4, init },
    data: { task: 'adding' },
    sequence_length: T,
    clipping: { policy: 'norm', threshold: 1 },
    training: { batch_size: 2, max_steps: 1, evaluation_batches: 1 },
  }
}

test('a linear rnn of spectral radius 1.5 over 150 steps has finite norms up to about 1e26', async (t) => {
  const { outcome, rows, events } = await runJob(engine, linear(1.5, 150))
  const { series, flow } = rows[0]!
  const h = flow![0]!.h
  assert.equal(outcome.type, 'succeeded')
  assert.equal(h.length, 150)
  assert.ok(h.every(Number.isFinite))
  for (let k = 1; k < 150; k++) assert.ok(Math.abs(h[149 - k]! - h[149]! - k * Math.log10(1.5)) < 1e-3, `${k} back`)
  assert.ok(h[0]! > 25 && h[0]! < 27, `${h[0]}`)
  assert.ok(Math.abs(Math.log10(series['grad_norm']!) - 26) < 1.5)
  assert.deepEqual([series['flow_nonfinite'], series['flow_zero'], events], [0, 0, []])
  assert.equal('first_nonfinite_layer' in series, false)
  t.diagnostic(`10^${h[0]!.toFixed(2)} at t = 1, gradient norm ${series['grad_norm']!.toExponential(2)}`)
})

test('over 250 steps Inf is counted, and where it first stands is said in the row and in the event', async (t) => {
  const { outcome, rows, data } = await runJob(engine, linear(1.5, 250))
  const { series, flow } = rows[0]!
  const h = flow![0]!.h
  const first = h.findLastIndex((log10) => !Number.isFinite(log10)) + 1
  assert.equal(outcome.type, 'failed')
  assert.ok(first > 20 && first < 45, `${first}`) // 1.5^k passes 3.4e38 after k = 219
  assert.ok(h.subarray(first).every(Number.isFinite))
  assert.ok(h[first]! > 38 && h[first]! < 39, `${h[first]}`)
  assert.equal(series['flow_nonfinite'], first)
  assert.deepEqual([series['first_nonfinite_layer'], series['first_nonfinite_timestep']], [0, first])
  assert.deepEqual([data[0]?.['layer'], data[0]?.['timestep']], [0, first])
  t.diagnostic(`${series['flow_nonfinite']} of 250 norms are not finite, the first at t = ${first}`)
})

test('a gradient below what float32 holds is counted as exactly zero', async (t) => {
  const { outcome, rows } = await runJob(engine, linear(0.1, 100))
  const { series, flow } = rows[0]!
  const zeros = flow![0]!.h.filter((log10) => log10 === -Infinity).length
  assert.equal(outcome.type, 'succeeded')
  assert.ok(zeros > 40 && zeros < 70, `${zeros}`) // 0.1^k is 0 after about k = 45
  assert.deepEqual([series['flow_zero'], series['flow_nonfinite']], [zeros, 0])
  t.diagnostic(`${zeros} of 100 norms are exactly zero`)
})
