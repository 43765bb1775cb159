import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONSENSE, listPlaces, withNonsense } from '../testing/nonsense.ts'
import { parseJobSpec } from './parse.ts'

const SMALLEST = { model: { cell: 'lstm' }, data: { task: 'adding' } }

const CROSSED: [what: string, body: object, pointers: string[]][] = [
  [
    'between fields beside those of single fields',
    { model: { cell: 'lstm', dropout: 0.5 }, bptt: { mode: 'truncated', k1: 20, k2: 5 }, priority: -1, colour: 1 },
    ['/bptt/k2', '/colour', '/model/dropout', '/priority'],
  ],
  [
    'of memory beside others',
    { model: { cell: 'lstm', hidden_size: 8192, layers: 16 }, metadata: 7 },
    ['/metadata', '/resources/max_memory_bytes'],
  ],
  [
    'of k2 and a sequence too short, and none that follows from it',
    { data: { task: 'temporal_order' }, sequence_length: 12, bptt: { mode: 'truncated', k1: 20, k2: 5 } },
    ['/bptt/k2', '/sequence_length'],
  ],
  [
    'of a k1 that is too long once, though it does not divide the sequence either',
    { sequence_length: 10, bptt: { mode: 'truncated', k1: 20 } },
    ['/bptt/k1'],
  ],
  [
    'of randomised truncation of both directions whose windows do not fill the sequence',
    {
      sequence_length: 50,
      model: { cell: 'lstm', bidirectional: true },
      bptt: { mode: 'randomised', k1: 20, truncation_probability: 1 },
    },
    ['/bptt/k1', '/bptt/mode', '/bptt/truncation_probability'],
  ],
  [
    'of the bias of randomised truncation',
    { sequence_length: 40, bptt: { mode: 'randomised' }, observe: { bias_every: 5 } },
    ['/observe/bias_every'],
  ],
  [
    'of a largest k2 that is longer than the sequence, and of k1 that does not fill it',
    { sequence_length: 50, bptt: { mode: 'adaptive', k1: 20, k2_max: 60, bias_bound: 0, adapt_every: 0 } },
    ['/bptt/adapt_every', '/bptt/bias_bound', '/bptt/k1', '/bptt/k2_max'],
  ],
  [
    'of a largest k2 below k1',
    { sequence_length: 50, bptt: { mode: 'adaptive', k1: 10, k2_max: 5 } },
    ['/bptt/k2_max'],
  ],
  [
    'of k2 that follows held-out sequences where none are',
    { data: { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0 }, bptt: { mode: 'adaptive' } },
    ['/bptt/mode'],
  ],
  [
    'of lengths that a task cannot be posed on, or that are far longer than those of training',
    {
      data: { task: 'noise_free_lag', lag: 10 },
      sequence_length: 20,
      training: { evaluation_lengths: [30, 10], curriculum: { start_length: 5, increment: 5 } },
    },
    ['/training/curriculum', '/training/evaluation_lengths'],
  ],
  [
    'of a curriculum that grows by no limit',
    {
      data: { task: 'parity' },
      training: { curriculum: { start_length: 5, increment: 5, when: { series: 'evaluation_accuracy' } } },
    },
    ['/training/curriculum/when'],
  ],
  [
    'of a curriculum that grows by what the task has not',
    {
      data: { task: 'adding' },
      training: { curriculum: { start_length: 5, increment: 5, when: { series: 'evaluation_accuracy', above: 1 } } },
    },
    ['/training/curriculum/when/series'],
  ],
  [
    'of a ring of eigenvalues whose inner circle is the larger',
    { model: { cell: 'lru', init: { r_min: 0.9, r_max: 0.5 } }, data: { task: 'adding' } },
    ['/model/init/r_min'],
  ],
  [
    'of an evaluation that is too long, and a curriculum of windows',
    {
      data: { task: 'parity' },
      sequence_length: 20,
      bptt: { mode: 'truncated', k1: 5 },
      training: { evaluation_lengths: [201], curriculum: { start_length: 5, increment: 5 } },
    },
    ['/training/curriculum', '/training/evaluation_lengths'],
  ],
  [
    'of the lengths of a data set',
    {
      data: { dataset: 'ds_0123456789abcdefghij' },
      training: { evaluation_lengths: [50], curriculum: { start_length: 5, increment: 5 } },
    },
    ['/training/curriculum', '/training/evaluation_lengths'],
  ],
  ['of k1 alone where k2 is held against it', { bptt: { mode: 'truncated', k1: 0, k2: 5 } }, ['/bptt/k1']],
  [
    'of the length alone where k1 and the lag are held against it',
    {
      data: { task: 'noise_free_lag', lag: 100 },
      sequence_length: 'long',
      bptt: { mode: 'truncated', k1: 30 },
    },
    ['/sequence_length'],
  ],
  [
    'of a mode that is unknown, and of values that no mode takes',
    { bptt: { mode: 'short', k1: 'x', k2: null } },
    ['/bptt/k1', '/bptt/k2', '/bptt/mode'],
  ],
  [
    'of a cell that is unknown, and of values that no cell takes, and none that some cell takes',
    { model: { cell: 'rnm', dropout: 0.5, layers: 'two', init: 7, hidden_size: 8192 } },
    ['/model/cell', '/model/layers'],
  ],
  [
    'of recurrent dropout where there are no recurrent weights',
    { model: { cell: 'min_gru', recurrent_dropout: 0.2 } },
    ['/model/recurrent_dropout'],
  ],
  [
    'of zoneout of a memory cell that a cell has not, or whose mean is not defined',
    { model: { cell: 'gru', zoneout: { hidden: 0.1, cell: 0.2 } } },
    ['/model/zoneout/cell'],
  ],
  [
    'of a projection that does not reduce the smallest layer',
    { model: { cell: 'lstm', hidden_sizes: [8, 4], projection_size: 4 } },
    ['/model/projection_size'],
  ],
  [
    'of a spectral radius of blocks that are not square',
    { model: { cell: 'lstm', projection_size: 4, init: { spectral_radius: 0.9 } } },
    ['/model/init/spectral_radius'],
  ],
  [
    'of zoneout of a memory in several parts',
    { model: { cell: 'slstm', zoneout: { cell: 0.2 } } },
    ['/model/zoneout/cell'],
  ],
  [
    'of layer normalisation of units without a mean',
    { model: { cell: 'indrnn', layer_norm: true } },
    ['/model/layer_norm'],
  ],
  [
    'of micro-batches that the batch does not divide into',
    { training: { batch_size: 32, gradient_accumulation: 5 } },
    ['/training/gradient_accumulation'],
  ],
  [
    'of a target that names neither bound but another',
    { training: { target: { beneath: 1 } } },
    ['/training/target/beneath'],
  ],
  [
    'of a target on an accuracy that a task without classes has not',
    { training: { target: { series: 'accuracy', above: 0.9 } } },
    ['/training/target/series'],
  ],
  [
    'of what looks at evaluations where nothing is held out',
    {
      data: { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0 },
      training: { target: { below: 1 }, early_stopping: {} },
    },
    ['/training/early_stopping', '/training/target/series'],
  ],
  [
    'of flossing that leaves no update to the task',
    { training: { max_steps: 50 }, regularise: { flossing: { before: 50 } } },
    ['/regularise/flossing/before'],
  ],
  ['of flossing at no update', { regularise: { flossing: { every: 0 } } }, ['/regularise/flossing/every']],
  [
    'of early stopping that is never to evaluate',
    { training: { evaluate_every: 0, early_stopping: { patience: 2 } } },
    ['/training/early_stopping'],
  ],
]
for (const [what, body, pointers] of CROSSED) {
  test(`parseJobSpec() reports the faults ${what}`, () => {
    const parsed = parseJobSpec({ ...SMALLEST, ...body })
    assert.ok(!parsed.ok)
    assert.deepEqual(parsed.faults.map(({ pointer }) => pointer).toSorted(), pointers)
  })
}

const RICH = {
  model: { cell: 'lstm', layers: 2, dropout: 0.5, embedding_size: 4, init: { chrono_t_max: 90, spectral_radius: 1 } },
  data: { task: 'temporal_order', symbols: 3 },
  sequence_length: 30,
  bptt: { mode: 'truncated', k1: 15, k2: 20 },
  optimizer: { type: 'sgd', schedule: { type: 'step' } },
  training: { target: { below: 1 } },
}
const TELLING = ['/model/cell', '/data/task', '/bptt/mode', '/optimizer/type', '/optimizer/schedule/type']

test('parseJobSpec() takes nonsense in a field for a fault of that field and of no other, whatever tells its variant', (t) => {
  const whole = parseJobSpec(RICH)
  assert.ok(whole.ok, JSON.stringify(whole))
  let looked = 0
  for (const pointer of listPlaces(whole.value))
    for (const nonsense of NONSENSE)
      for (const telling of [undefined, ...TELLING]) {
        const body = withNonsense(whole.value, pointer, nonsense)
        const parsed = parseJobSpec(telling === undefined ? body : withNonsense(body, telling, 'x'))
        const places = [pointer, ...(telling === undefined ? [] : [telling])]
        const strange = parsed.ok
          ? []
          : parsed.faults.filter((fault) => !places.some((place) => `${fault.pointer}/`.startsWith(`${place}/`)))
        assert.deepEqual(strange, [], `${pointer}: ${JSON.stringify(nonsense)}, ${telling}`)
        looked += 1
      }
  t.diagnostic(`looked at ${looked} bodies`)
  assert.ok(looked > 1000)
})
