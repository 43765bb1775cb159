// Which data sets a trained model can answer: each row changes what fits, and names what is told of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dataset, DatasetField } from '../../wire/dataset.ts'
import type { DatasetReference } from '../sections/data.ts'
import type { Decoding, SequencesDecoding } from './decoding.ts'
import { modelFaults, planForModel } from './model_plan.ts'

const NUMBERS: DatasetField = {
  name: 'inputs',
  per: 'step',
  type: 'number',
  width: 2,
  missing: 0,
  min: -1,
  max: 3,
  mean: 1,
  std: 2,
  distinct: null,
  categories: [],
}
const categories = (...values: string[]) => values.map((value) => ({ value, count: 1 }))
const LABEL: DatasetField = {
  ...NUMBERS,
  name: 'label',
  per: 'sequence',
  type: 'category',
  width: 1,
  min: null,
  max: null,
  distinct: 2,
  categories: categories('no', 'yes'),
}
const SYMBOLS: DatasetField = {
  ...LABEL,
  name: 'inputs',
  per: 'step',
  distinct: null,
  categories: categories('b', 'a'),
}

const DATA = { dataset: 'ds_0123456789abcdefghij', validation_fraction: 0.1 } as DatasetReference
const SCALE = { offset: 1, unit: 2, mean: 1 }

const CLASSIFIER: SequencesDecoding = {
  kind: 'sequences',
  problem: 'classification',
  inputs: {
    kind: 'vectors',
    size: 2,
    one_hot: true,
    fields: [{ name: 'inputs', type: 'number', width: 2, scales: [SCALE, SCALE] }],
    missing: 'refuse',
    masked: [],
  },
  outputs: { readout: 'softmax', size: 3, mode: 'many_to_one', field: 'label', classes: ['yes', 'no', 'maybe'] },
}
const NEXT: SequencesDecoding = {
  kind: 'sequences',
  problem: 'next_symbol',
  inputs: {
    kind: 'symbols',
    size: 3,
    one_hot: false,
    fields: [{ name: 'inputs', type: 'category', categories: ['a', 'b', 'c'] }],
    missing: 'refuse',
    masked: [],
  },
  outputs: { readout: 'softmax', size: 3, mode: 'many_to_many', field: 'inputs', classes: ['a', 'b', 'c'] },
}
const TEXT: Decoding = { kind: 'text', problem: 'next_symbol', vocabulary: ['a', 'b', '😀'] }

function sequences(fields: readonly DatasetField[], longest = 20): Dataset {
  const shape = { sequences: 10, steps: 100, lengths: { min: 1, median: 9, max: longest, histogram: [] }, fields }
  return { kind: 'sequences', id: DATA.dataset, ...shape } as object as Dataset
}

function text(vocabulary: string | undefined, characters = 9): Dataset {
  return {
    kind: 'text',
    characters,
    vocabulary_size: 2,
    ...(vocabulary !== undefined && { vocabulary: Array.from(vocabulary) }),
  } as Dataset
}

test('planForModel() reads the classes of a data set as those of the model, in whatever order it has them', () => {
  const planned = planForModel(DATA, CLASSIFIER, { ...sequences([NUMBERS, LABEL]) } as Extract<
    Dataset,
    { kind: 'sequences' }
  >)
  assert.ok('plan' in planned, JSON.stringify(planned))
  assert.deepEqual(planned.recoding, { label: [1, 0] })
  assert.deepEqual(planned.plan.classes, ['yes', 'no', 'maybe'])
})

const FITTING: [what: string, model: Decoding, dataset: Dataset][] = [
  ['the same fields', CLASSIFIER, sequences([LABEL, NUMBERS])],
  [
    'classes that are numbers',
    { ...CLASSIFIER, outputs: { ...CLASSIFIER.outputs, classes: ['1', '2'] } },
    sequences([NUMBERS, { ...LABEL, type: 'number', categories: categories('2', '1') }]),
  ],
  ['some of the symbols', NEXT, sequences([SYMBOLS])],
  [
    'what is imputed',
    { ...CLASSIFIER, inputs: { ...CLASSIFIER.inputs, missing: 'impute' } },
    sequences([{ ...NUMBERS, missing: 3 }, LABEL]),
  ],
  [
    'what is masked',
    { ...CLASSIFIER, inputs: { ...CLASSIFIER.inputs, missing: 'mask', masked: ['inputs'] } },
    sequences([{ ...NUMBERS, missing: 3 }, LABEL]),
  ],
  ['a text of known characters', TEXT, text('ab')],
  ['a text that does not list its characters', TEXT, text(undefined)],
]

for (const [what, model, dataset] of FITTING)
  test(`modelFaults() has none of ${what}`, () => assert.deepEqual(modelFaults(DATA, model, dataset), []))

const UNFIT: [model: Decoding, dataset: Dataset, told: RegExp, value: unknown][] = [
  [CLASSIFIER, sequences([LABEL]), /Must have field "inputs" of 2 numbers for each step.* it has "label"/, 'inputs'],
  [
    CLASSIFIER,
    sequences([NUMBERS, { ...NUMBERS, name: 'label' }]),
    /field "label" of a class or symbol for each sequence.*"label" of one number for each step/,
    'label',
  ],
  [CLASSIFIER, sequences([{ ...NUMBERS, width: 3 }, LABEL]), /Must have 2 numbers in field "inputs".* it has 3/, 3],
  [
    CLASSIFIER,
    sequences([NUMBERS, { ...LABEL, categories: categories('no', 'never') }]),
    /that the model knows \("yes", "no", "maybe"\): it has "never"/,
    'never',
  ],
  [CLASSIFIER, sequences([{ ...NUMBERS, missing: 4 }, LABEL]), /no missing value in field "inputs".*4 are missing/, 4],
  [
    { ...CLASSIFIER, inputs: { ...CLASSIFIER.inputs, missing: 'mask' } },
    sequences([{ ...NUMBERS, missing: 4 }, LABEL]),
    /missed none: 4/,
    4,
  ],
  [CLASSIFIER, text('ab'), /Must be sequences/, 'text'],
  [NEXT, sequences([{ ...SYMBOLS, categories: categories('a', 'z') }]), /it has "z"/, 'z'],
  [NEXT, sequences([SYMBOLS], 1), /at least 2 steps: the longest has 1/, 1],
  [TEXT, sequences([NUMBERS]), /Must be a text/, 'sequences'],
  [TEXT, text('abxé'), /only the 3 characters that the model knows: it has "x", "é"/, 'x'],
  [TEXT, text('a', 1), /at least 2 characters: it has 1/, 1],
]

for (const [model, dataset, told, value] of UNFIT)
  test(`modelFaults() tells ${told.source}`, () => {
    const faults = modelFaults(DATA, model, dataset)
    assert.equal(faults.length, 1, JSON.stringify(faults))
    assert.match(faults[0]!.detail, told)
    assert.deepEqual([faults[0]!.pointer, faults[0]!.value], ['/dataset', value])
  })
