import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectEngine } from '@unroll/engines'
import { runJob } from './run.ts'

const T = 50

/** The same task, sizes and training for both; only the cell differs. */
function job(model: object): object {
  return {
    model: { hidden_size: 8, ...model },
    data: { task: 'temporal_order' },
    sequence_length: T,
    clipping: { policy: 'norm', threshold: 1 },
    optimizer: { type: 'adam', learning_rate: 0.02 },
    training: { batch_size: 32, max_steps: 300, seed: 1, evaluation_batches: 16 },
    observe: { metrics_every: 50, flow_every: 50 },
  }
}

test('the vanishing story: over 50 steps an lstm learns the order of two symbols and a tanh rnn does not', async (t) => {
  const { engine } = await selectEngine('wasm')
  const rnn = await runJob(engine, job({ cell: 'rnn' }))
  const lstm = await runJob(engine, job({ cell: 'lstm' }))

  const accuracy = ({ rows }: typeof rnn) => rows.at(-1)?.series['evaluation_accuracy'] ?? Number.NaN
  /** Powers of ten by which the gradient shrinks from the last time step to the first. */
  const decay = ({ rows }: typeof rnn) => {
    const flow = rows.at(-1)?.flow?.[0]?.h ?? new Float32Array()
    return (flow[T - 1] ?? Number.NaN) - (flow[0] ?? Number.NaN)
  }
  t.diagnostic(`accuracy: lstm ${accuracy(lstm)}, rnn ${accuracy(rnn)}`)
  t.diagnostic(`gradient at t = 1 below t = ${T} by 10^: lstm ${decay(lstm).toFixed(1)}, rnn ${decay(rnn).toFixed(1)}`)
  assert.ok(accuracy(lstm) >= 0.95)
  assert.ok(accuracy(rnn) <= 0.5)
  assert.ok(decay(rnn) >= 4, 'orders of magnitude')
  assert.equal(engine.live(), 0)
})
