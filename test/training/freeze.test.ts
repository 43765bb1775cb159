import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine, TrainingState } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import type { RunState } from '@unroll/trainer'
import { needs } from '../conformance/interpreters.ts'
import { runJob, type Run } from './run.ts'

const STEPS = 6
const BODY = {
  model: { cell: 'lstm', hidden_size: 4, layers: 2, embedding_size: 3, initial_state: 'learned' },
  data: { task: 'temporal_order' },
  sequence_length: 20,
  clipping: { policy: 'norm', threshold: 0.01 },
  optimizer: { type: 'adam', learning_rate: 0.05, weight_average: 0.9 },
  observe: { flow_every: 1 },
}

interface Trained extends Run {
  states: readonly TrainingState[]
}

/** A run with the states after its first step and its last. */
async function trainFrozen(engine: Engine, freeze: readonly string[], more: object = {}): Promise<Trained> {
  const states: RunState[] = []
  const training = { batch_size: 4, max_steps: STEPS, evaluate_every: 0, freeze, ...more }
  const run = await runJob(
    engine,
    { ...BODY, training, checkpoint: { every_steps: 1 } },
    {
      onCheckpoint: async (_, __, take) => void states.push(structuredClone(await take())),
    },
  )
  assert.equal(run.outcome.type, 'succeeded')
  return { ...run, states: states.map((state) => state.training) }
}

const FROZEN = ['embedding', 'layers.0']
const isFrozen = (name: string) => FROZEN.some((part) => name === part || name.startsWith(`${part}.`))

for (const name of ['oracle', 'wasm', 'tensorflow'] as const)
  for (const gradient_accumulation of [1, 2])
    test(
      `frozen parts stay bit for bit on ${name} with ${gradient_accumulation} micro-batches, without moments, and the norm is that of the others`,
      needs(name),
      async () => {
        const { engine } = await selectEngine(name)
        const more = { gradient_accumulation }
        const [frozen, free] = [await trainFrozen(engine, FROZEN, more), await trainFrozen(engine, [], more)]
        const [first, last] = [frozen.states[0]!.tensors, frozen.states.at(-1)!.tensors]
        let [still, moved] = [0, 0]
        for (const [tensor, { data }] of Object.entries(first)) {
          if (tensor.includes('carried.')) continue
          const after = last[tensor]!.data
          if (isFrozen(tensor)) {
            assert.deepEqual(data, after, tensor)
            still += 1
          } else moved += Number(!isSame(data, after))
        }
        assert.ok(still >= 6 && moved >= 5, `${still} still, ${moved} moved`)
        const remembered = Object.keys(last).filter((tensor) => /^(moments|average)\./.test(tensor))
        assert.ok(remembered.length > 0)
        assert.ok(remembered.every((tensor) => !isFrozen(tensor.replace(/^(moments\.[mv]|average)\./, ''))))

        const [row, freeRow] = [frozen.rows[0]!.series, free.rows[0]!.series]
        const norms = Object.entries(row).filter(([series]) => series.startsWith('grad_norm/'))
        assert.ok(norms.length > 0 && norms.every(([series]) => !isFrozen(series.slice('grad_norm/'.length))))
        const together = Math.sqrt(norms.reduce((sum, [, norm]) => sum + norm ** 2, 0))
        assert.ok(Math.abs(together / row['grad_norm']! - 1) < 1e-5, `${together} of ${row['grad_norm']}`)
        assert.ok(row['grad_norm']! < freeRow['grad_norm']!)
        assert.ok(Math.abs(row['grad_norm_clipped']! / 0.01 - 1) < 1e-3)
        assert.deepEqual(
          frozen.rows[0]!.flow,
          free.rows[0]!.flow,
          'the flow through frozen layers is that of the same network',
        )
        assert.equal(frozen.rows[0]!.flow?.length, 2)
      },
    )

function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  return Array.from(one).every((value, at) => Object.is(value, other[at]))
}
