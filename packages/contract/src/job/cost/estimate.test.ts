import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimate } from './estimate.ts'
import { parseJobSpec } from '../parse.ts'
import { usesDataset } from '../sections/data.ts'
import { taskProblem } from '../tasks/tasks.ts'

function estimated(model: object, more: object = {}) {
  const parsed = parseJobSpec({
    model,
    data: { task: 'adding' },
    sequence_length: 10,
    training: { batch_size: 4 },
    ...more,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  assert.ok(!usesDataset(parsed.value.data))
  return estimate(parsed.value, taskProblem(parsed.value.data, 10))
}

// X = 2, H = 3, one output: Wx, Wh, b of each gate, then Wo and bo.
const PARAMETERS: [object, number][] = [
  [{ cell: 'rnn', hidden_size: 3 }, 1 * (6 + 9 + 3) + 4],
  [{ cell: 'gru_simple', hidden_size: 3 }, 2 * (6 + 9 + 3) + 4],
  [{ cell: 'gru', hidden_size: 3 }, 3 * (6 + 9 + 3) + 4],
  [{ cell: 'gru', hidden_size: 3, reset: 'after' }, 3 * (6 + 9 + 3) + 3 + 4],
  [{ cell: 'lstm', hidden_size: 3 }, 4 * (6 + 9 + 3) + 4],
  [{ cell: 'lstm', hidden_size: 3, layers: 2 }, 4 * (6 + 9 + 3) + 4 * (9 + 9 + 3) + 4],
  [{ cell: 'lstm', hidden_sizes: [3, 2] }, 4 * (6 + 9 + 3) + 4 * (6 + 4 + 2) + 3],
  [{ cell: 'lstm', hidden_size: 3, layers: 2, residual: true }, 4 * (6 + 9 + 3) + 4 * (9 + 9 + 3) + 4],
  [{ cell: 'lstm', hidden_size: 3, bidirectional: true }, 2 * 4 * (6 + 9 + 3) + 7],
  [{ cell: 'gru', hidden_sizes: [3, 2], bidirectional: true }, 2 * 3 * (6 + 9 + 3 + 12 + 4 + 2) + 5],
  [{ cell: 'lstm_peephole', hidden_size: 3, peephole: 'full' }, 4 * (6 + 9 + 3) + 27 + 4],
  [{ cell: 'lstm_peephole', hidden_size: 3, peephole: 'diagonal' }, 4 * (6 + 9 + 3) + 9 + 4],
  [{ cell: 'rnn', hidden_size: 3, layer_norm: true }, 1 * (6 + 9 + 2 * 3) + 4],
  [{ cell: 'gru', hidden_size: 3, reset: 'after', layer_norm: true }, 3 * (6 + 9 + 2 * 3) + 3 + 4],
  [{ cell: 'lstm', hidden_size: 3, layer_norm: true }, 4 * (6 + 9 + 2 * 3) + 2 * 3 + 4],
  [{ cell: 'lstm', hidden_size: 3, projection_size: 2 }, 4 * (6 + 6 + 3) + 6 + 3],
  [{ cell: 'lstm', hidden_sizes: [3, 4], projection_size: 2 }, 4 * (6 + 6 + 3) + 6 + 4 * (8 + 8 + 4) + 8 + 3],
  [
    { cell: 'lstm_peephole', hidden_size: 3, projection_size: 2, initial_state: 'learned' },
    4 * (6 + 6 + 3) + 9 + 6 + 5 + 3,
  ],
  [{ cell: 'indrnn', hidden_size: 3 }, 6 + 3 + 3 + 4],
  [{ cell: 'min_gru', hidden_size: 3 }, 2 * (6 + 3) + 4],
  [{ cell: 'min_lstm', hidden_size: 3 }, 3 * (6 + 3) + 4],
  [{ cell: 'lru', hidden_size: 3 }, 3 * (6 + 3) + 2 * 9 + 3 * 3 + 4],
  [{ cell: 'gru', hidden_size: 3, initial_state: 'learned' }, 3 * (6 + 9 + 3) + 3 + 4],
  [{ cell: 'lstm', hidden_size: 3, initial_state: 'learned' }, 4 * (6 + 9 + 3) + 6 + 4],
]

for (const [model, parameters] of PARAMETERS) {
  test(`estimate() counts the parameters of ${JSON.stringify(model)}`, () => {
    assert.equal(estimated(model).parameters, parameters)
  })
}

test('estimate() of a batch in micro-batches counts the kept steps of one', () => {
  const more = (gradient_accumulation: number) => ({ training: { batch_size: 8, gradient_accumulation } })
  const [whole, half] = [1, 2].map((parts) => estimated({ cell: 'lstm' }, more(parts)))
  const small = estimated({ cell: 'lstm' })
  const memory_bytes = small.memory_bytes + 4 * small.parameters // the gradients of the micro-batch before
  assert.deepEqual(half, { ...whole, memory_bytes, gpu_memory_bytes: memory_bytes })
})

test('estimate() of sizes of layers that are all the same is that of the size', () => {
  const each = estimated({ cell: 'gru', hidden_sizes: [5, 5, 5] })
  assert.deepEqual(each, estimated({ cell: 'gru', hidden_size: 5, layers: 3 }))
})

test('estimate() of two directions keeps all of a long window, and twice as much of it', () => {
  const training = { batch_size: 32 }
  const long = (model: object) =>
    estimated(
      { cell: 'lstm', hidden_size: 256, ...model },
      { sequence_length: 20_000, training, resources: { max_memory_bytes: 2 ** 40 } },
    )
  const [one, both] = [long({}), long({ bidirectional: true })]
  assert.ok(typeof one.segment_steps === 'number')
  assert.equal(both.segment_steps, null)
  assert.ok(both.memory_bytes > 10 * one.memory_bytes)
})

test('estimate() of a k2 that is chosen is that of the largest, with the whole sequences by which it is chosen', () => {
  const T = 200
  const of = (bptt: object) => estimated({ cell: 'lstm' }, { sequence_length: T, bptt: { k1: 5, ...bptt } })
  const fixed = of({ mode: 'truncated', k2: 50 })
  const chosen = of({ mode: 'adaptive', k2_max: 50 })
  assert.equal(chosen.flops_per_step, fixed.flops_per_step)
  assert.ok(chosen.memory_bytes > of({ mode: 'truncated', k2: T }).memory_bytes)
  assert.deepEqual(of({ mode: 'adaptive' }).flops_per_step, of({ mode: 'truncated', k2: T }).flops_per_step)
})

test('estimate() grows with the reach of the gradient, not with the sequence, under truncated BPTT', () => {
  const full = estimated({ cell: 'lstm' })
  const truncated = estimated({ cell: 'lstm' }, { bptt: { mode: 'truncated', k1: 5 } })
  assert.equal(truncated.parameters, full.parameters)
  assert.ok(truncated.memory_bytes < full.memory_bytes)
  assert.ok(truncated.flops_per_step < full.flops_per_step)
})
