import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carryFaults, forkFaults } from './carry.ts'
import { amend } from '../patch.ts'
import { parseJobSpec } from '../parse.ts'

const STEP = 50

/** Pointers of what a checkpoint at step 50 of `job` cannot carry of `changes`. */
function refused(changes: object, job: object = {}): string[] {
  const before = parseJobSpec({ model: { cell: 'lstm' }, data: { task: 'adding' }, ...job })
  assert.ok(before.ok)
  const after = amend(before.value, changes)
  assert.ok(after.ok, JSON.stringify(after))
  return carryFaults(before.value, after.value, STEP).map(({ pointer }) => pointer)
}

const CARRIED: object[] = [
  {},
  { name: 'other', metadata: { a: '1' }, priority: 1, deadline_seconds: 60, max_restarts: 1 },
  {
    training: {
      max_steps: 51,
      evaluate_every: 7,
      target: { series: 'loss', below: 0.1 },
      early_stopping: { patience: 3, min_delta: 0 },
    },
  },
  { optimizer: { learning_rate: 0.5, schedule: { warmup_steps: 10 } } },
  { clipping: { policy: 'value', threshold: 3 } },
  { training: { gradient_accumulation: 2 } },
  { observe: { flow_every: 3 }, checkpoint: { every_steps: 5 }, resources: { accelerator: 'gpu' } },
]
for (const changes of CARRIED) {
  test(`carryFaults() finds none in ${JSON.stringify(changes)}`, () => assert.deepEqual(refused(changes), []))
}

test('carryFaults() gives a record of before a field its default', () => {
  const job = parseJobSpec({ model: { cell: 'gru' }, data: { task: 'adding' } })
  assert.ok(job.ok)
  const { model, optimizer } = job.value
  const { reset: _, ...older } = model as Extract<typeof model, { cell: 'gru' }>
  const { weight_decay: __, ...plain } = optimizer
  const before = { ...job.value, model: older, optimizer: plain } as typeof job.value
  assert.deepEqual(carryFaults(before, job.value, STEP), [])
})

const REFUSED: [changes: object, pointers: string[], job?: object][] = [
  [{ model: { hidden_size: 8 } }, ['/model/hidden_size']],
  [{ model: { cell: 'gru' } }, ['/model/cell', '/model/init/forget_bias']],
  [{ sequence_length: 50 }, ['/sequence_length']],
  [{ training: { batch_size: 3, seed: 9 } }, ['/training/batch_size', '/training/seed']],
  [{ optimizer: { type: 'adamw', weight_decay: 0.01 } }, ['/optimizer/type', '/optimizer/weight_decay']],
  [{ data: { range: 'symmetric' } }, ['/data/range'], { data: { task: 'adding', range: 'unit' } }],
  [{ training: { max_steps: STEP } }, ['/training/max_steps']],
  [{ clipping: { policy: 'percentile', threshold: null } }, ['/clipping/policy']],
  [{ clipping: { window: 100 } }, ['/clipping/window'], { clipping: { policy: 'percentile' } }],
  [{ clipping: { nonfinite: 'skip' } }, [], { clipping: { policy: 'percentile' } }],
]
for (const [changes, pointers, job] of REFUSED) {
  test(`carryFaults() of ${JSON.stringify(changes)} are at ${pointers.join(', ') || 'no place'}`, () =>
    assert.deepEqual(
      refused(changes, job).filter((pointer) => pointers.includes(pointer)),
      pointers,
    ))
}

const FORKS: [changes: object, pointers: string[], mode?: 'many_to_many' | 'many_to_one'][] = [
  [{}, []],
  [{ optimizer: { type: 'sgd', learning_rate: 0.1 }, clipping: { policy: 'percentile' } }, []],
  [
    { optimizer: { beta1: 0.5, weight_average: 0.9 }, training: { max_steps: 51, early_stopping: { patience: 2 } } },
    [],
  ],
  [{ model: { recurrent_dropout: 0.5, zoneout: { hidden: 0.1 } } }, []],
  [{ bptt: { mode: 'truncated', k1: 10, k2: 20 } }, []],
  [{ bptt: { mode: 'truncated', k1: 10, k2: 20 } }, ['/bptt/mode', '/bptt/k1', '/bptt/k2'], 'many_to_many'],
  [{ model: { hidden_size: 8 } }, ['/model/hidden_size']],
  [{ training: { max_steps: STEP } }, ['/training/max_steps']],
  [{ init_from: { weights: `wts_${'0'.repeat(20)}` } }, ['/init_from']],
]
for (const [changes, pointers, mode = 'many_to_one'] of FORKS) {
  test(`forkFaults() at ${JSON.stringify(changes)} of ${mode} are at ${pointers.join(', ') || 'nothing'}`, () => {
    const before = parseJobSpec({ model: { cell: 'lstm' }, data: { task: 'adding' } })
    assert.ok(before.ok)
    const after = amend(before.value, changes)
    assert.ok(after.ok, JSON.stringify(after))
    const found = forkFaults(before.value, after.value, { step: STEP, mode }).map(({ pointer }) => pointer)
    assert.deepEqual(
      found.filter((pointer) => !pointers.some((root) => pointer.startsWith(root))),
      [],
    )
    for (const root of pointers)
      assert.ok(
        found.some((pointer) => pointer.startsWith(root)),
        root,
      )
  })
}
