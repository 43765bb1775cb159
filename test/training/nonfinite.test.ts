// Gradients that are finite, but too large for what an update makes of them, on every engine that computes in float32.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import type { RunState } from '@unroll/trainer'
import { FLOAT32_ENGINES, needs } from '../conformance/interpreters.ts'
import { runJob, type Run } from './run.ts'

const OPTIMIZERS = ['adam', 'adamw', 'rmsprop', 'adagrad'] as const
const POLICIES = ['fail', 'skip', 'zero'] as const

/** A network whose gradient grows by half at each step back. */
function growing(T: number, more: object): object {
  return {
    model: { cell: 'rnn', activation: 'identity', init: { spectral_radius: 1.5 } },
    data: { task: 'temporal_order' },
    sequence_length: T,
    training: { batch_size: 8, max_steps: 4, seed: 5 },
    ...more,
  }
}

async function trained(name: string, body: object): Promise<Run & { state: RunState | undefined }> {
  const { engine } = await selectEngine(name)
  let state: RunState | undefined
  const onCheckpoint = async (_: unknown, _step: number, take: () => Promise<RunState>) => {
    state = await take()
  }
  const run = await runJob(engine, body, { onCheckpoint })
  engine.dispose()
  return { ...run, state }
}

function assertFinite(state: RunState | undefined): void {
  const tensors = Object.entries(state?.training.tensors ?? {})
  assert.ok(tensors.length > 0)
  for (const [name, { data }] of tensors) assert.ok(data.every(Number.isFinite), `${name} is finite`)
}

for (const name of FLOAT32_ENGINES) {
  for (const type of OPTIMIZERS) {
    for (const nonfinite of POLICIES) {
      test(
        `${name}: a finite gradient whose square is not is no update of ${type} under "${nonfinite}"`,
        needs(name),
        async () => {
          const { outcome, rows, events, data, state } = await trained(
            name,
            growing(150, { clipping: { policy: 'none', nonfinite }, optimizer: { type } }),
          )
          const { grad_norm: norm = 0, updates_skipped: skipped, updates_zeroed: zeroed } = rows.at(-1)?.series ?? {}
          assert.ok(Number.isFinite(norm) && norm > 1.8e19, `${norm}`)
          assert.deepEqual(events, ['nonfinite_gradient'])
          assert.equal(data[0]?.['policy'], nonfinite)
          if (nonfinite === 'fail') {
            assert.ok(outcome.type === 'failed')
            assert.match(outcome.message, /range of float32/)
            return
          }
          assertFinite(state)
          assert.deepEqual([skipped, zeroed], nonfinite === 'skip' ? [4, undefined] : [0, 4])
        },
      )
    }
  }

  for (const [policy, clipping] of Object.entries({
    norm: { policy: 'norm', threshold: 1 },
    parameter_norm: { policy: 'parameter_norm', threshold: 0.5 },
    adaptive: { policy: 'adaptive' },
  })) {
    test(
      `${name}: clipping by ${policy} scales a gradient down by a factor below the smallest normal float32`,
      needs(name),
      async () => {
        const { outcome, rows } = await trained(
          name,
          growing(210, { clipping, optimizer: { type: 'sgd', learning_rate: 1e-6 } }),
        )
        const { grad_norm: norm = 0, grad_norm_clipped: clipped = 0, clip_coefficient: by = 0 } = rows[0]?.series ?? {}
        assert.ok(norm > 8.5e37 && Number.isFinite(norm), `${norm}`)
        assert.equal(outcome.type, 'succeeded')
        assert.ok(clipped > 0.001 && clipped < 10, `${clipped}`)
        assert.ok(Math.abs((by * norm) / clipped - 1) < 1e-3, `${by}`)
        const losses = rows.map(({ series }) => series['loss'])
        assert.equal(new Set(losses).size, losses.length)
      },
    )
  }

  test(`${name}: a norm whose square is not finite is not remembered by zscore`, needs(name), async () => {
    const clipping = { policy: 'zscore', nonfinite: 'skip' }
    const { rows, state } = await trained(
      name,
      growing(150, { clipping, optimizer: { type: 'sgd', learning_rate: 1e-30 } }),
    )
    assert.ok((rows[0]?.series['grad_norm'] ?? 0) > 1.8e19)
    assertFinite(state)
  })
}
