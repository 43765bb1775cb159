// Tables of what is posed and of what is refused: each row names the fields of a data set.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetField } from '../../wire/dataset.ts'
import { parseJobSpec } from '../parse.ts'
import { usesDataset } from '../sections/data.ts'
import { adaptiveFault, seriesFaults } from '../rules.ts'
import type { SequencesShape } from './fields.ts'
import { planSequences } from './plan.ts'
import { sequencesProblem } from './posed.ts'
import { isHeldOut, sequenceFaults } from './rules.ts'

const NUMBER: DatasetField = {
  name: 'inputs',
  per: 'step',
  type: 'number',
  width: 1,
  missing: 0,
  min: -1,
  max: 3,
  mean: 1,
  std: 2,
  distinct: null,
  categories: [],
}
const LABEL: DatasetField = {
  ...NUMBER,
  name: 'label',
  per: 'sequence',
  type: 'category',
  min: null,
  max: null,
  mean: null,
  std: null,
  distinct: 3,
  categories: [
    { value: 'a', count: 50 },
    { value: 'b', count: 25 },
    { value: 'c', count: 25 },
  ],
}
const SYMBOLS: DatasetField = { ...LABEL, name: 'inputs', per: 'step', distinct: null }
const MASK: DatasetField = { ...NUMBER, name: 'mask', min: 0, max: 1, mean: 0.8, std: 0.4, distinct: 2 }
const DIGIT: DatasetField = {
  ...NUMBER,
  name: 'label',
  per: 'sequence',
  distinct: 2,
  categories: [
    { value: '0', count: 60 },
    { value: '1', count: 40 },
  ],
}
const SPLIT: DatasetField = {
  ...LABEL,
  name: 'split',
  distinct: 2,
  categories: [
    { value: 'train', count: 70 },
    { value: 'Test', count: 30 },
  ],
}
const START: DatasetField = { ...NUMBER, name: 'start', per: 'sequence', width: 24 }
const LABELS: DatasetField = { ...NUMBER, name: 'targets', per: 'sequence', width: 3, min: 0, max: 1, mean: 0.25 }

function shapeOf(fields: readonly DatasetField[], changes: Partial<SequencesShape> = {}): SequencesShape {
  return { sequences: 100, steps: 2000, lengths: { min: 7, median: 20, max: 29 }, fields, ...changes }
}

/** What is found of a job on sequences: its problem, or the pointers of its faults. */
function posed(data: object, shape: SequencesShape, body: object = {}) {
  const parsed = parseJobSpec({
    model: { cell: 'lstm' },
    data: { dataset: 'ds_0123456789abcdefghij', ...data },
    ...body,
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const spec = parsed.value
  assert.ok(usesDataset(spec.data))
  const planned = planSequences(spec.data, shape)
  if ('faults' in planned) return planned
  const problem = sequencesProblem(planned.plan)
  const isEvaluated = isHeldOut(planned.plan, shape)
  const adaptive = adaptiveFault(spec, isEvaluated)
  const faults = [
    ...sequenceFaults(spec, spec.data, shape, planned.plan, problem),
    ...seriesFaults(spec, planned.plan.problem, isEvaluated),
    ...(adaptive ? [adaptive] : []),
  ]
  return faults.length > 0 ? { faults } : { plan: planned.plan, problem }
}

const POSED: [what: string, data: object, fields: DatasetField[], problem: string, inputs: string, readout: string][] =
  [
    ['texts for each sequence', {}, [NUMBER, LABEL], 'classification', 'vectors 1', 'softmax 3 many_to_one'],
    [
      'classes that are each held against all others',
      { readout: 'sigmoid', loss: 'binary' },
      [NUMBER, LABEL],
      'classification',
      'vectors 1',
      'sigmoid 3 many_to_one',
    ],
    ['whole numbers named label', {}, [NUMBER, DIGIT], 'classification', 'vectors 1', 'softmax 2 many_to_one'],
    [
      'such numbers as numbers where asked',
      { problem: 'regression' },
      [NUMBER, DIGIT],
      'regression',
      'vectors 1',
      'identity 1 many_to_one',
    ],
    [
      'texts for each step',
      {},
      [NUMBER, { ...SYMBOLS, name: 'targets' }],
      'sequence_labels',
      'vectors 1',
      'softmax 3 many_to_many',
    ],
    [
      'numbers beside a mask, which is not read',
      {},
      [NUMBER, LABEL, MASK],
      'classification',
      'vectors 1',
      'softmax 3 many_to_one',
    ],
    [
      'a mask that is asked for as a number',
      { inputs: ['inputs', 'mask'] },
      [NUMBER, LABEL, MASK],
      'classification',
      'vectors 2',
      'softmax 3 many_to_one',
    ],
    ['labels of 0 and 1', {}, [NUMBER, LABELS], 'multi_label', 'vectors 1', 'sigmoid 3 many_to_one'],
    [
      'numbers for each step',
      {},
      [NUMBER, { ...NUMBER, name: 'targets' }],
      'regression',
      'vectors 1',
      'identity 1 many_to_many',
    ],
    [
      'whole numbers named label for each step',
      {},
      [NUMBER, { ...DIGIT, per: 'step' }],
      'sequence_labels',
      'vectors 1',
      'softmax 2 many_to_many',
    ],
    [
      'whole numbers named targets for each step, where asked',
      { problem: 'sequence_labels' },
      [NUMBER, { ...DIGIT, name: 'targets', per: 'step' }],
      'sequence_labels',
      'vectors 1',
      'softmax 2 many_to_many',
    ],
    [
      'such numbers as numbers unless asked',
      {},
      [NUMBER, { ...DIGIT, name: 'targets', per: 'step' }],
      'regression',
      'vectors 1',
      'identity 1 many_to_many',
    ],
    ['numbers alone', {}, [NUMBER], 'forecast', 'vectors 1', 'identity 1 many_to_many'],
    ['a horizon', { horizon: 12 }, [{ ...NUMBER, width: 2 }], 'forecast', 'vectors 2', 'identity 24 many_to_many'],
    ['quantiles', { horizon: 4, loss: 'quantile' }, [NUMBER], 'forecast', 'vectors 1', 'identity 12 many_to_many'],
    ['symbols alone', {}, [SYMBOLS], 'next_symbol', 'symbols 3', 'softmax 3 many_to_many'],
    [
      'symbols and numbers',
      {},
      [{ ...SYMBOLS, name: 'kind' }, NUMBER, LABEL],
      'classification',
      'vectors 1',
      'softmax 3 many_to_one',
    ],
    [
      'both where named',
      { inputs: ['kind', 'inputs'] },
      [{ ...SYMBOLS, name: 'kind' }, NUMBER, LABEL],
      'classification',
      'vectors 4',
      'softmax 3 many_to_one',
    ],
    [
      'a mask',
      { missing: 'mask' },
      [{ ...NUMBER, width: 3, missing: 4 }, LABEL],
      'classification',
      'vectors 6',
      'softmax 3 many_to_one',
    ],
    [
      'a mask of symbols',
      { missing: 'mask' },
      [{ ...SYMBOLS, missing: 4 }, LABEL],
      'classification',
      'symbols 4',
      'softmax 3 many_to_one',
    ],
  ]
for (const [what, data, fields, problem, inputs, readout] of POSED) {
  test(`sequencesProblem() of ${what} is ${problem}`, () => {
    const found = posed(data, shapeOf(fields))
    assert.ok('plan' in found, JSON.stringify(found))
    assert.equal(found.plan.problem, problem)
    assert.equal(`${found.problem.inputs.kind} ${found.problem.inputs.size}`, inputs)
    assert.equal(`${found.problem.readout.kind} ${found.problem.readout.size} ${found.problem.mode}`, readout)
  })
}

const REFUSED: [what: string, data: object, fields: DatasetField[], pointer: string, detail: RegExp, body?: object][] =
  [
    ['an input that there is not', { inputs: 'x' }, [NUMBER, LABEL], '/data/inputs', /"inputs".*current value is "x"/],
    [
      'an input for each sequence',
      { inputs: ['inputs', 'label'] },
      [NUMBER, LABEL],
      '/data/inputs/1',
      /one for each sequence/,
    ],
    ['an input twice', { inputs: ['inputs', 'inputs'] }, [NUMBER, LABEL], '/data/inputs/1', /a second time/],
    [
      'a target that there is not',
      { target: 'y' },
      [NUMBER, LABEL],
      '/data/target',
      /"inputs", "label": current value is "y"/,
    ],
    ['no target', { problem: 'classification' }, [NUMBER], '/data/target', /Is required/],
    [
      'classes of numbers',
      { problem: 'classification', target: 'target' },
      [NUMBER, { ...NUMBER, name: 'target', per: 'sequence' }],
      '/data/target',
      /2 to 1000 categories.*a number from -1 to 3/,
    ],
    [
      'labels beyond 1',
      { problem: 'multi_label', target: 'targets' },
      [NUMBER, { ...LABELS, max: 2 }],
      '/data/target',
      /from 0 to 1/,
    ],
    [
      'a target that is read',
      { inputs: 'inputs', target: 'inputs' },
      [NUMBER],
      '/data/target',
      /no field that is read/,
    ],
    ['next symbols of numbers', { problem: 'next_symbol' }, [NUMBER], '/data/inputs', /categories/],
    [
      'missing values',
      {},
      [{ ...NUMBER, missing: 7 }, LABEL],
      '/data/missing',
      /7 of "inputs".*current value is "refuse"/,
    ],
    [
      'a mask that is not there',
      { mask: 'taken' },
      [NUMBER, LABEL],
      '/data/mask',
      /0 and 1 for each step.*has "inputs", "label"/,
    ],
    [
      'a mask of other numbers',
      { mask: 'mask' },
      [NUMBER, LABEL, { ...MASK, max: 2 }],
      '/data/mask',
      /"mask" is one of a number from 0 to 2 for each step/,
    ],
    [
      'a mask with gaps',
      { mask: 'mask' },
      [NUMBER, LABEL, { ...MASK, missing: 1 }],
      '/data/mask',
      /none of them missing/,
    ],
    [
      'a mask that is read',
      { mask: 'mask', inputs: ['inputs', 'mask'] },
      [NUMBER, LABEL, MASK],
      '/data/inputs/1',
      /"inputs"/,
    ],
    [
      'an initial state that is not there',
      { initial_state: 'start' },
      [NUMBER, LABEL],
      '/data/initial_state',
      /numbers for each sequence.*has "inputs", "label"/,
    ],
    [
      'an initial state at each step',
      { initial_state: 'start' },
      [NUMBER, LABEL, { ...START, per: 'step' }],
      '/data/initial_state',
      /"start" is one of 24 numbers from -1 to 3 for each step/,
    ],
    [
      'an initial state with gaps',
      { initial_state: 'start' },
      [NUMBER, LABEL, { ...START, missing: 1 }],
      '/data/initial_state',
      /none of them missing/,
    ],
    [
      'an initial state of another network',
      { initial_state: 'start' },
      [NUMBER, LABEL, START],
      '/data/initial_state',
      /36 numbers.*\(8 of 0\.h, 8 of 0\.c, 10 of 1\.h, 10 of 1\.c\): field "start" has 24/,
      { model: { cell: 'lstm', hidden_sizes: [8, 10] } },
    ],
    [
      'an initial state beside one that is learned',
      { initial_state: 'start' },
      [NUMBER, LABEL, START],
      '/model/initial_state',
      /with data\.initial_state.*current value is "learned"/,
      { model: { cell: 'lstm', hidden_size: 12, initial_state: 'learned' } },
    ],
    ['a softmax of numbers', { readout: 'softmax' }, [NUMBER], '/data/readout', /"identity" for problem "forecast"/],
    [
      'a sigmoid of symbols that follow',
      { readout: 'sigmoid' },
      [SYMBOLS],
      '/data/readout',
      /"softmax" for problem "next_symbol": current value is "sigmoid"/,
    ],
    [
      'the loss of softmax with sigmoid',
      { readout: 'sigmoid', loss: 'cross_entropy' },
      [NUMBER, LABEL],
      '/data/loss',
      /"binary" for problem "classification" with readout "sigmoid"/,
    ],
    [
      'weights of classes that are each held against all others',
      { readout: 'sigmoid', class_weights: 'balanced' },
      [NUMBER, LABEL],
      '/data/class_weights',
      /"none" with readout "sigmoid"/,
    ],
    ['a horizon of classes', { horizon: 3 }, [NUMBER, LABEL], '/data/horizon', /of a forecast/],
    ['a loss of classes that is of numbers', { loss: 'mae' }, [NUMBER, LABEL], '/data/loss', /"cross_entropy"/],
    ['a delta without its loss', { huber_delta: 2 }, [NUMBER], '/data/huber_delta', /unless loss is "huber"/],
    ['quantiles that fall', { loss: 'quantile', quantiles: [0.9, 0.1] }, [NUMBER], '/data/quantiles', /Must ascend/],
    ['weights of no classes', { class_weights: 'balanced' }, [NUMBER], '/data/class_weights', /has no classes/],
    [
      'buckets that are too short',
      { bucket_lengths: [10, 20] },
      [NUMBER, LABEL],
      '/data/bucket_lengths',
      /at least 29/,
    ],
    [
      'shares beyond 1',
      { split: { train: 0.9, validation: 0.2 } },
      [NUMBER, LABEL],
      '/data/split',
      /add up to at most 1/,
    ],
    ['a split by what says no part', { split: { by: 'label' } }, [NUMBER, LABEL], '/data/split/by', /"label" has "a"/],
    [
      'a split by a field and shares',
      { split: { by: 'split', test: 0.1 } },
      [NUMBER, LABEL, SPLIT],
      '/data/split',
      /no shares/,
    ],
    [
      'a share of none',
      { validation_fraction: 0.001 },
      [NUMBER, LABEL],
      '/data/validation_fraction',
      /at least one of the sequences/,
    ],
    [
      'sequences that are too long',
      {},
      [NUMBER, LABEL],
      '/sequence_length',
      /≥ 29.*max_length.*current value is 20/,
      { sequence_length: 20 },
    ],
    [
      'sequences of answers at every step that are too long to be read in both directions',
      {},
      [NUMBER, { ...NUMBER, name: 'targets' }],
      '/sequence_length',
      /≥ 29.*longest sequence, which bidirectional reads whole.*current value is 20/,
      { sequence_length: 20, model: { cell: 'lstm', bidirectional: true } },
    ],
    [
      'truncation of one answer',
      {},
      [NUMBER, LABEL],
      '/bptt/mode',
      /Must be "full"/,
      { bptt: { mode: 'truncated', k1: 5 } },
    ],
    [
      'an embedding of numbers',
      {},
      [NUMBER, LABEL],
      '/model/embedding_size',
      /read as vectors/,
      { model: { cell: 'lstm', embedding_size: 8 } },
    ],
    [
      'a target series of numbers',
      {},
      [NUMBER, LABEL],
      '/training/target/series',
      /one of loss, accuracy, evaluation_loss, evaluation_accuracy, evaluation_macro_f1/,
      { training: { target: { series: 'evaluation_mae', below: 1 } } },
    ],
    [
      'early stopping by F1 of a forecast',
      {},
      [NUMBER],
      '/training/early_stopping/series',
      /evaluation_mae/,
      { training: { early_stopping: { series: 'evaluation_macro_f1' } } },
    ],
    [
      'early stopping where a field holds nothing out',
      {},
      [NUMBER, LABEL, SPLIT],
      '/training/early_stopping/series',
      /nothing is held out/,
      { training: { early_stopping: {} } },
    ],
    [
      'a k2 that follows held-out sequences where a field holds none out',
      {},
      [SYMBOLS, SPLIT],
      '/bptt/mode',
      /nothing is held out/,
      { bptt: { mode: 'adaptive' } },
    ],
    [
      'the best checkpoint by an error of classes',
      {},
      [NUMBER, LABEL],
      '/checkpoint/best_by',
      /evaluation_macro_f1/,
      { checkpoint: { best_by: 'evaluation_rmse' } },
    ],
  ]
for (const [what, data, fields, pointer, detail, body] of REFUSED) {
  test(`a job on sequences is refused for ${what}`, () => {
    const found = posed(data, shapeOf(fields), body)
    assert.ok('faults' in found, JSON.stringify(found))
    assert.deepEqual(
      found.faults.map((fault) => fault.pointer),
      [pointer],
    )
    assert.match(found.faults[0]!.detail, detail)
  })
}

const SPLITS: [
  what: string,
  data: object,
  fields: DatasetField[],
  sequences: number,
  by: string,
  inTime: boolean | undefined,
][] = [
  ['at random unless said', {}, [NUMBER, LABEL], 100, 'random', false],
  ['by a field that says it', {}, [NUMBER, LABEL, SPLIT], 100, 'field', undefined],
  [
    'by shares where they are given in spite of that field',
    { split: { test: 0.2 } },
    [NUMBER, LABEL, SPLIT],
    100,
    'random',
    false,
  ],
  ['in time where it is a forecast', {}, [NUMBER], 100, 'order', true],
  ['in time where there is one sequence', {}, [SYMBOLS], 1, 'order', true],
  ['by sequences in order where classes are', { split: { by: 'order' } }, [NUMBER, LABEL], 100, 'order', false],
]
for (const [what, data, fields, sequences, by, inTime] of SPLITS) {
  test(`planSequences() splits ${what}`, () => {
    const found = posed(data, shapeOf(fields, { sequences }))
    assert.ok('plan' in found, JSON.stringify(found))
    const { split } = found.plan
    assert.equal(split.by, by)
    assert.equal(split.by === 'field' ? undefined : split.inTime, inTime)
  })
}

test('planSequences() takes max_length for the longest, and halves of it for buckets', () => {
  const found = posed({ max_length: 26 }, shapeOf([NUMBER, LABEL]), { sequence_length: 26 })
  assert.ok('plan' in found)
  assert.equal(found.plan.longest, 26)
  assert.deepEqual(found.plan.buckets, [7, 13, 26])
})

test('sequencesProblem() knows how hard classes are from their counts', () => {
  const found = posed({}, shapeOf([NUMBER, LABEL]))
  assert.ok('problem' in found)
  assert.ok(Math.abs(found.problem.chance.loss - 1.5 * Math.LN2) < 1e-12)
  assert.equal(found.problem.chance.accuracy, 0.5)
  const apart = posed({ readout: 'sigmoid' }, shapeOf([NUMBER, LABEL]))
  assert.ok('problem' in apart)
  const quarter = 0.25 * Math.log(4) + 0.75 * Math.log(4 / 3)
  assert.ok(Math.abs(apart.problem.chance.loss - (Math.LN2 + 2 * quarter) / 3) < 1e-12)
  assert.equal(apart.problem.chance.accuracy, 0.5)
})
