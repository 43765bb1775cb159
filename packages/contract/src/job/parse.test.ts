import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJobSpec } from './parse.ts'
import { heldOutFault } from './text_faults.ts'

const SMALLEST = { model: { cell: 'lstm' }, data: { task: 'adding' } }
const DATASET = 'ds_0123456789abcdefghij'

function faultsOf(body: unknown): Record<string, string> {
  const parsed = parseJobSpec(body)
  return parsed.ok ? {} : Object.fromEntries(parsed.faults.map(({ pointer, detail }) => [pointer, detail]))
}

test('parseJobSpec() fills in every default of the smallest job', () => {
  const parsed = parseJobSpec(SMALLEST)
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value.clipping, { policy: 'norm', threshold: 1, nonfinite: 'fail' })
  assert.deepEqual(parsed.value.bptt, { mode: 'full', recompute: 'auto' })
  assert.equal(parsed.value.optimizer.type, 'adam')
  assert.equal(parsed.value.model.init.recurrent, 'orthogonal')
  assert.equal(parsed.value.sequence_length, 100)
})

for (const [field, given, filled] of [
  ['early_stopping', { patience: 5 }, { patience: 5, min_delta: 0, series: 'evaluation_loss' }],
  ['early_stopping', { min_delta: 0.5 }, { patience: 10, min_delta: 0.5, series: 'evaluation_loss' }],
  ['early_stopping', {}, { patience: 10, min_delta: 0, series: 'evaluation_loss' }],
  ['early_stopping', null, null],
  ['target', { below: 0.1 }, { series: 'evaluation_loss', below: 0.1 }],
  ['target', null, null],
] as const) {
  test(`parseJobSpec() fills in the defaults of ${field} ${JSON.stringify(given)}`, () => {
    const parsed = parseJobSpec({ ...SMALLEST, training: { [field]: given } })
    assert.ok(parsed.ok)
    assert.deepEqual(parsed.value.training[field], filled)
  })
}

test('parseJobSpec() of its own answer changes nothing', () => {
  const first = parseJobSpec({ ...SMALLEST, bptt: { mode: 'truncated', k1: 10 } })
  assert.ok(first.ok)
  assert.deepEqual(parseJobSpec(first.value), first)
})

test('parseJobSpec() takes k2 from k1 unless given', () => {
  const parsed = parseJobSpec({ ...SMALLEST, bptt: { mode: 'truncated', k1: 25 } })
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value.bptt, { mode: 'truncated', k1: 25, k2: 25, recompute: 'auto' })
})

test('parseJobSpec() does not change the value it is given', () => {
  const body = structuredClone(SMALLEST)
  parseJobSpec(body)
  assert.deepEqual(body, SMALLEST)
})

const BAD: [name: string, body: unknown, pointer: string, wanted: RegExp][] = [
  ['a list for a body', [], '', /Must be an object/],
  ['a missing model', { data: { task: 'adding' } }, '/model', /Is required/],
  ['an unknown field', { ...SMALLEST, colour: 'red' }, '/colour', /unknown field: known here are name, model/],
  ['an unknown inner field', { ...SMALLEST, model: { cell: 'rnn', size: 3 } }, '/model/size', /unknown field/],
  [
    'a wrong type',
    { ...SMALLEST, sequence_length: '100' },
    '/sequence_length',
    /an integer ≥ 1 .* current value is "100"/,
  ],
  [
    'an unknown cell',
    { ...SMALLEST, model: { cell: 'lstn' } },
    '/model/cell',
    /one of "rnn".*"lstm".*: current value is "lstn"/,
  ],
  ['an unknown task', { ...SMALLEST, data: { task: 'sorting' } }, '/data/task', /one of "adding"/],
  ['data that name nothing', { ...SMALLEST, data: {} }, '/data/task', /Is required/],
  ['a bad data set id', { ...SMALLEST, data: { dataset: 'x' } }, '/data/dataset', /matching/],
  [
    'a missing threshold',
    { ...SMALLEST, clipping: { policy: 'norm' } },
    '/clipping/threshold',
    /Is required: must be a number > 0/,
  ],
  [
    'a threshold the policy has not',
    { ...SMALLEST, clipping: { policy: 'none', threshold: 1 } },
    '/clipping/threshold',
    /unknown field/,
  ],
  [
    'an activation the cell has not',
    { ...SMALLEST, model: { cell: 'gru', activation: 'relu' } },
    '/model/activation',
    /unknown field/,
  ],
  [
    'k2 < k1',
    { ...SMALLEST, bptt: { mode: 'truncated', k1: 20, k2: 5 } },
    '/bptt/k2',
    /≥ k1 \(20\): current value is 5/,
  ],
  [
    'k1 longer than the sequence',
    { ...SMALLEST, bptt: { mode: 'truncated', k1: 200 } },
    '/bptt/k1',
    /≤ sequence_length \(100\)/,
  ],
  [
    'k1 that leaves a rest',
    { ...SMALLEST, bptt: { mode: 'truncated', k1: 30 } },
    '/bptt/k1',
    /divide sequence_length \(100\)/,
  ],
  [
    'a lag as long as the sequence',
    { ...SMALLEST, data: { task: 'noise_free_lag', lag: 100 } },
    '/data/lag',
    /shorter than sequence_length \(100\)/,
  ],
  [
    'a sequence too short for its task',
    { ...SMALLEST, data: { task: 'temporal_order' }, sequence_length: 12 },
    '/sequence_length',
    /≥ 20/,
  ],
  [
    'an embedding of vectors',
    { ...SMALLEST, model: { cell: 'lstm', embedding_size: 8 } },
    '/model/embedding_size',
    /null/,
  ],
  ['an absurd size', { ...SMALLEST, model: { cell: 'lstm', hidden_size: 1e9 } }, '/model/hidden_size', /≤ 8192/],
  [
    'more memory than allowed',
    { ...SMALLEST, model: { cell: 'lstm', hidden_size: 8192, layers: 16 }, sequence_length: 10_000 },
    '/resources/max_memory_bytes',
    /at least the \d+ bytes that hidden_size 8192, layers 16/,
  ],
  [
    'several GPUs for a job that any worker may take',
    { ...SMALLEST, resources: { gpus: 2 } },
    '/resources/gpus',
    /^Must be 1 unless accelerator is "gpu": current value is 2 with accelerator "any"$/,
  ],
  [
    'more GPUs than the batch has equal parts',
    { ...SMALLEST, training: { batch_size: 9 }, resources: { accelerator: 'gpu', gpus: 2 } },
    '/resources/gpus',
    /^Must divide the equal parts of the batch, as a batch_size of 9 with shards "auto" is cut into 1: current value is 2$/,
  ],
  [
    'shards that GPUs have unequal numbers of',
    { ...SMALLEST, training: { batch_size: 12 }, resources: { accelerator: 'gpu', gpus: 2, shards: 3 } },
    '/resources/gpus',
    /with shards 3 is cut into 3: current value is 2$/,
  ],
  [
    'shards that are no number',
    { ...SMALLEST, resources: { shards: 'many' } },
    '/resources/shards',
    /"auto" or an integer ≥ 1 and ≤ 64/,
  ],
  [
    'TF32 on a CPU',
    { ...SMALLEST, resources: { accelerator: 'cpu', tf32: true } },
    '/resources/tf32',
    /^Must be false with accelerator "cpu", which has no TF32/,
  ],
  ['metadata that are not text', { ...SMALLEST, metadata: { run: 3 } }, '/metadata/run', /a string of at most 512/],
  [
    'a target without a bound',
    { ...SMALLEST, training: { target: { series: 'loss' } } },
    '/training/target',
    /either below or above/,
  ],
  [
    'a wrong field of what may be null',
    { ...SMALLEST, training: { early_stopping: { patience: 0 } } },
    '/training/early_stopping/patience',
    /^Must be an integer ≥ 1 and ≤ 100000: current value is 0$/,
  ],
  [
    'an unknown field of what may be null',
    { ...SMALLEST, training: { target: { below: 1, beneath: 1 } } },
    '/training/target/beneath',
    /known here are series, below, above$/,
  ],
  [
    'what is neither an object nor null',
    { ...SMALLEST, training: { target: [0.1] } },
    '/training/target',
    /^Must be an object or null: current value is \[0.1\]$/,
  ],
  [
    'a schedule that does not exist',
    { ...SMALLEST, optimizer: { type: 'sgd', schedule: { type: 'cosin' } } },
    '/optimizer/schedule/type',
    /"cosine"/,
  ],
  [
    'a forget bias beside chrono',
    { ...SMALLEST, model: { cell: 'lstm', init: { chrono_t_max: 100, forget_bias: 2 } } },
    '/model/init/forget_bias',
    /left out/,
  ],
  [
    'dropout in one layer',
    { ...SMALLEST, model: { cell: 'lstm', dropout: 0.5 } },
    '/model/dropout',
    /0 with one layer/,
  ],
  [
    'a spectral radius of no weights',
    { ...SMALLEST, model: { cell: 'min_gru', init: { spectral_radius: 1 } } },
    '/model/init/spectral_radius',
    /no recurrent weights/,
  ],
]

for (const [name, body, pointer, wanted] of BAD) {
  test(`parseJobSpec() names the field and the wanted value of ${name}`, () => {
    const faults = faultsOf(body)
    assert.ok(pointer in faults, `no fault at ${pointer}: ${JSON.stringify(faults)}`)
    assert.match(faults[pointer] ?? '', wanted)
  })
}

test('parseJobSpec() reports all faults at once, one for each place', () => {
  const faults = faultsOf({
    model: { cell: 'lstm', hidden_size: 0, colour: 1 },
    data: { task: 'adding', range: 'big' },
    priority: -1,
    metadata: 7,
  })
  assert.deepEqual(Object.keys(faults).toSorted(), [
    '/data/range',
    '/metadata',
    '/model/colour',
    '/model/hidden_size',
    '/priority',
  ])
})

test('parseJobSpec() refuses on a data set a k2 beyond the window, and takes it of a task, whose sequence begins there', () => {
  const bptt = { mode: 'truncated', k1: 10, k2: 40 }
  const faults = faultsOf({ ...SMALLEST, data: { dataset: DATASET }, sequence_length: 20, bptt })
  assert.match(faults['/bptt/k2'] ?? '', /≤ sequence_length \(20\) on a data set: current value is 40/)
  assert.ok(parseJobSpec({ ...SMALLEST, sequence_length: 20, bptt }).ok)
})

for (const { characters, validation_fraction, pointer } of [
  { characters: 1_200, validation_fraction: 0.05, pointer: undefined },
  { characters: 1_000, validation_fraction: 0.02, pointer: '/data/validation_fraction' },
  { characters: 1_000, validation_fraction: 0.021, pointer: undefined },
  { characters: 1_000, validation_fraction: 0, pointer: undefined },
]) {
  test(`heldOutFault() of ${validation_fraction} of ${characters} characters, T = 20, is ${pointer ?? 'none'}`, () => {
    const parsed = parseJobSpec({ ...SMALLEST, data: { dataset: DATASET, validation_fraction }, sequence_length: 20 })
    assert.ok(parsed.ok)
    const fault = heldOutFault(parsed.value, { characters, vocabulary_size: 30 })
    assert.equal(fault?.pointer, pointer)
    if (fault) assert.match(fault.detail, /Must hold out at least 21 characters .* or be 0/)
  })
}

test('parseJobSpec() accepts text and leaves its size to datasetFault()', () => {
  assert.ok(parseJobSpec({ ...SMALLEST, data: { dataset: DATASET } }).ok)
})
