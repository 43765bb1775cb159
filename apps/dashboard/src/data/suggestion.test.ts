import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dataset, DatasetField, SequenceDataset } from '@unroll/client'
import { learningWords, suggestJob } from './suggestion.ts'

const ID = 'ds_0123456789abcdefghij'
const NUMBER: DatasetField = {
  name: 'inputs',
  per: 'step',
  type: 'number',
  width: 12,
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
  width: 1,
  min: null,
  max: null,
  distinct: 2,
  categories: [
    { value: 'a', count: 150 },
    { value: 'b', count: 120 },
  ],
}

function datasetOf(fields: DatasetField[], changes: Partial<SequenceDataset> = {}): SequenceDataset {
  const lengths = { min: 7, median: 15, max: 26, histogram: [] }
  const about = { id: ID, object: 'dataset', name: 'vowels.jsonl', kind: 'sequences', format: 'jsonl' } as const
  const sizes = { bytes: 1, sha256: '', stored_bytes: 1, values_sha256: '', created_at: '' }
  return { ...about, ...sizes, sequences: 270, steps: 4274, lengths, fields, ...changes }
}

const TEXT: Dataset = {
  id: ID,
  object: 'dataset',
  name: 'hamlet.txt',
  kind: 'text',
  bytes: 1,
  sha256: '',
  characters: 1_000_000,
  vocabulary_size: 65,
  created_at: '',
}

for (const { what, dataset, wanted, words } of [
  {
    what: 'classes of short sequences, read whole',
    dataset: datasetOf([NUMBER, LABEL]),
    wanted: {
      data: { dataset: ID, validation_fraction: 0.2, problem: 'classification', target: 'label' },
      T: 26,
      N: 32,
    },
    words: 'a class for each sequence: label, one of 2, from inputs (12 numbers)',
  },
  {
    what: 'what is missing, masked',
    dataset: datasetOf([{ ...NUMBER, missing: 3 }, LABEL]),
    wanted: {
      data: { dataset: ID, validation_fraction: 0.2, problem: 'classification', target: 'label', missing: 'mask' },
      T: 26,
      N: 32,
    },
    words: 'a class for each sequence: label, one of 2, from inputs (12 numbers)',
  },
  {
    what: 'one long series, in windows',
    dataset: datasetOf([{ ...NUMBER, name: 'sales', width: 1 }], {
      sequences: 1,
      steps: 400,
      lengths: { min: 400, median: 400, max: 400, histogram: [] },
    }),
    wanted: { data: { dataset: ID, validation_fraction: 0.2, problem: 'forecast', target: 'sales' }, T: 50, N: 4 },
    words: 'the next value of sales',
  },
] as const) {
  test(`suggestJob() of sequences learns ${what}`, () => {
    const { data, sequence_length, training } = suggestJob(dataset)
    const { batch_size, max_steps, evaluate_every } = training as Record<string, number>
    assert.deepEqual({ data, T: sequence_length, N: batch_size }, wanted)
    const evaluations = max_steps! / evaluate_every!
    assert.ok(Number.isInteger(evaluations) && evaluations >= 15 && evaluations <= 40, `${evaluations} evaluations`)
    assert.equal(learningWords(dataset), words)
  })
}

test('suggestJob() of a text fits its sizes to the characters there are', () => {
  const sizes = (characters: number) => {
    const { sequence_length, training } = suggestJob({ ...TEXT, characters })
    return [sequence_length, (training as { batch_size: number }).batch_size]
  }
  assert.deepEqual(sizes(1_000_000), [50, 32])
  assert.deepEqual(sizes(2_000), [50, 8])
  assert.deepEqual(sizes(40), [3, 1])
})

test('suggestJob() of what no job can learn names the data set alone, and the form says what is missing', () => {
  const names = datasetOf([{ ...LABEL, name: 'id', type: 'identifier', categories: [] }])
  assert.deepEqual(suggestJob(names)['data'], { dataset: ID })
  assert.equal(suggestJob(names)['name'], 'vowels')
  assert.equal(learningWords(names), undefined)
})
