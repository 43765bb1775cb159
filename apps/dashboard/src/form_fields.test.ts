import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSpecSchema } from '@unroll/client'
import {
  UPLOADED,
  entered,
  formFields,
  buildSpecification,
  getText,
  type FormField,
  type Given,
} from './form_fields.ts'

const fieldsOf = (given: Given) => formFields(JobSpecSchema, given)

function field(given: Given, pointer: string): FormField {
  const found = fieldsOf(given).find((candidate) => candidate.pointer === pointer)
  assert.ok(
    found,
    `${pointer} of ${fieldsOf(given)
      .map((candidate) => candidate.pointer)
      .join()}`,
  )
  return found
}

test('formFields() of nothing asks for cell and data, and has the defaults of the rest', () => {
  const cell = field({}, '/model/cell')
  assert.deepEqual([cell.kind, cell.fallback, cell.decides], ['choice', '', true])
  assert.ok(cell.choices.includes('lstm_peephole'))
  assert.deepEqual(field({}, '/data/task').choices.at(-1), UPLOADED)
  assert.deepEqual(field({}, '/sequence_length').fallback, '100')
  assert.equal(field({}, '/clipping/policy').fallback, 'norm')
  assert.equal(field({}, '/clipping/threshold').fallback, '1')
  assert.equal(field({}, '/optimizer/learning_rate').fallback, '0.001')
  assert.equal(field({}, '/optimizer/schedule/type').fallback, 'constant')
  assert.equal(field({}, '/training/early_stopping/patience').fallback, 'none')
  assert.equal(field({}, '/deadline_seconds').kind, 'number')
  assert.deepEqual(
    [field({}, '/resources/shards').kind, field({}, '/resources/shards').fallback],
    ['number or word', 'auto'],
  )
  const { kind, fallback, choices } = field({}, '/resources/deterministic')
  assert.deepEqual([kind, fallback, choices], ['truth', 'true', ['true', 'false']])
})

test('formFields() follows what is chosen', () => {
  const pointers = fieldsOf({ model: { cell: 'lstm' }, clipping: { policy: 'zscore' }, data: { dataset: '' } }).map(
    ({ pointer }) => pointer,
  )
  for (const pointer of [
    '/model/init/forget_bias',
    '/clipping/warmup_steps',
    '/data/validation_fraction',
    '/data/dataset',
  ])
    assert.ok(pointers.includes(pointer), pointer)
  for (const pointer of ['/model/activation', '/clipping/threshold', '/data/lag'])
    assert.ok(!pointers.includes(pointer), pointer)
})

test('entered() makes a specification of what is entered, and takes out what is emptied', () => {
  let given: Given = {}
  const enter = (pointer: string, text: string) => (given = entered(given, field(given, pointer), text))
  enter('/model/cell', 'rnn')
  enter('/model/hidden_size', '32')
  enter('/model/init/std', '0.5')
  enter('/data/task', 'copy')
  enter('/training/early_stopping/patience', '3')
  assert.deepEqual(given, {
    model: { cell: 'rnn', hidden_size: 32, init: { std: 0.5 } },
    data: { task: 'copy' },
    training: { early_stopping: { patience: 3 } },
  })
  assert.equal(getText(given, field(given, '/model/init/std')), '0.5')
  enter('/training/early_stopping/patience', '')
  enter('/model/init/std', '')
  enter('/model/hidden_size', 'many')
  assert.deepEqual(
    given,
    { model: { cell: 'rnn', hidden_size: 'many' }, data: { task: 'copy' } },
    'the service says what is wrong',
  )
})

test('entered() makes numbers and truths of what may be one, and leaves words', () => {
  const given: Given = {}
  for (const [pointer, text, resources] of [
    ['/resources/shards', '4', { shards: 4 }],
    ['/resources/shards', 'auto', { shards: 'auto' }],
    ['/resources/tf32', 'true', { tf32: true }],
    ['/resources/deterministic', 'false', { deterministic: false }],
    ['/resources/deterministic', '', undefined],
  ] as const) {
    const now = entered(given, field(given, pointer), text)
    assert.deepEqual(now, resources === undefined ? {} : { resources })
    assert.equal(getText(now, field(now, pointer)), text)
  }
  const truncated: Given = { bptt: { mode: 'truncated' } }
  assert.deepEqual(entered(truncated, field(truncated, '/bptt/recompute'), '500'), {
    bptt: { mode: 'truncated', recompute: 500 },
  })
})

test('entered() of another choice takes out the fields beside it', () => {
  const given = { clipping: { policy: 'zscore', warmup_steps: 5 }, model: { cell: 'rnn' } }
  const policy = field(given, '/clipping/policy')
  assert.deepEqual(entered(given, policy, 'value'), { clipping: { policy: 'value' }, model: { cell: 'rnn' } })
  assert.deepEqual(entered(given, policy, ''), { model: { cell: 'rnn' } })
})

test('entered() of an uploaded data set asks for its id', () => {
  const given = entered({ data: { task: 'copy' } }, field({}, '/data/task'), UPLOADED)
  assert.deepEqual(given, { data: { dataset: '' } })
  assert.equal(getText(given, field(given, '/data/task')), UPLOADED)
  assert.deepEqual(entered(given, field(given, '/data/dataset'), 'ds_1'), { data: { dataset: 'ds_1' } })
})

test('buildSpecification() keeps the rest of a default where one field of it is entered', () => {
  const rest = { model: { cell: 'lstm' }, data: { task: 'adding' } }
  for (const [given, sent] of [
    [{}, {}],
    [{ clipping: { nonfinite: 'skip' } }, { clipping: { policy: 'norm', threshold: 1, nonfinite: 'skip' } }],
    [{ clipping: { policy: 'norm' } }, { clipping: { policy: 'norm', threshold: 1 } }],
    [{ clipping: { policy: 'value' } }, { clipping: { policy: 'value' } }],
    [{ optimizer: { learning_rate: 0.1 } }, { optimizer: { type: 'adam', learning_rate: 0.1 } }],
    [
      { optimizer: { type: 'sgd', schedule: { warmup_steps: 5 } } },
      { optimizer: { type: 'sgd', schedule: { type: 'constant', warmup_steps: 5 } } },
    ],
  ] as const)
    assert.deepEqual(buildSpecification(JobSpecSchema, { ...rest, ...given }), { ...rest, ...sent })
})
