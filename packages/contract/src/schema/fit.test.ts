import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSpecSchema } from '../job/job_spec.ts'
import { parseJobSpec } from '../job/parse.ts'
import { formatPointer } from './pointer.ts'

const SMALLEST = { model: { cell: 'lstm' }, data: { task: 'adding' } }

function faultsOf(body: unknown): Record<string, string> {
  const parsed = parseJobSpec(body)
  return parsed.ok ? {} : Object.fromEntries(parsed.faults.map(({ pointer, detail }) => [pointer, detail]))
}

for (const [count, told] of [
  [8, 8],
  [100, 100],
  [20_000, 100],
] as const) {
  test(`parseJobSpec() refuses ${count} unknown fields, and tells ${told} of them`, () => {
    const unknown = Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${at}`, at]))
    assert.equal(Object.keys(faultsOf({ ...SMALLEST, ...unknown })).length, told)
  })
}

// Counted, as time depends on the machine: what is read of a body is bounded by the schema and the faults that are told.
for (const [where, body] of [
  ['the job', (unknown: object) => unknown],
  ['its model', (unknown: object) => ({ ...SMALLEST, model: unknown })],
  ['its metadata', (unknown: object) => ({ ...SMALLEST, metadata: unknown })],
] as const) {
  test(`parseJobSpec() reads no more than it tells of 20,000 fields too many in ${where}`, () => {
    let read = 0
    const fields = {
      ...SMALLEST.model,
      ...Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, 'x'])),
    }
    const counted = new Proxy(fields, { get: (all, name) => (read++, Reflect.get(all, name)) })
    assert.ok(Object.keys(faultsOf(body(counted))).length <= 100)
    assert.ok(read <= 300, `${read} fields were read`)
  })
}

test('parseJobSpec() refuses what is wrong beside more unknown fields than are told', () => {
  const unknown = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`field${at}`, at]))
  for (const part of [{ data: undefined }, { bptt: null }, { model: 3 }, { training: [] }])
    assert.equal(Object.keys(faultsOf({ ...SMALLEST, ...part, ...unknown })).length, 100)
})

const METADATA_NAMES: [what: string, name: string, isRight: boolean][] = [
  ['no character', '', false],
  ['64 characters', 'k'.repeat(64), true],
  ['65 characters', 'k'.repeat(65), false],
  ['a line break', 'a\nb', false],
  ['a slash', 'a/b', true],
  ['what objects inherit', 'constructor', true],
]
for (const [what, name, isRight] of METADATA_NAMES) {
  test(`parseJobSpec() ${isRight ? 'takes' : 'refuses'} a name of metadata of ${what}`, () => {
    const faults = faultsOf({ ...SMALLEST, metadata: { [name]: 'v' } })
    assert.deepEqual(Object.keys(faults), isRight ? [] : [formatPointer(['metadata', name])])
    if (!isRight) assert.match(faults[formatPointer(['metadata', name])] ?? '', /^Must have a name matching/)
  })
}

const BEYOND_FLOAT32: [field: string, body: object, pointer: string, wanted: RegExp][] = [
  [
    'a threshold',
    { clipping: { policy: 'norm', threshold: 1e-46 } },
    '/clipping/threshold',
    /from 1\.17\S*e-38 to 3\.4/,
  ],
  ['a rate', { optimizer: { type: 'adam', learning_rate: 1e-300 } }, '/optimizer/learning_rate', /1e-300$/],
  ['a radius', { model: { cell: 'rnn', init: { spectral_radius: 1e-50 } } }, '/model/init/spectral_radius', /float32/],
  ['a bias', { model: { cell: 'lstm', init: { forget_bias: -1e-46 } } }, '/model/init/forget_bias', /, or 0: current/],
  ['a target', { training: { target: { below: 1e39 } } }, '/training/target/below', /current value is 1e\+39$/],
  ['a β₂ that rounds to 1', { optimizer: { type: 'adam', beta2: 1 - 1e-12 } }, '/optimizer/beta2', /holds it as 1:/],
  ['a dropout that rounds to 1', { model: { cell: 'rnn', layers: 2, dropout: 1 - 1e-9 } }, '/model/dropout', /as 1:/],
]
for (const [field, body, pointer, wanted] of BEYOND_FLOAT32) {
  test(`parseJobSpec() refuses ${field} that float32 cannot hold`, () => {
    const faults = faultsOf({ ...SMALLEST, ...body })
    assert.deepEqual(Object.keys(faults), [pointer])
    assert.match(faults[pointer] ?? '', wanted)
  })
}

test('every number of a specification that is no integer is of the format that float32 is checked by', (t) => {
  const [numbers, others] = [[] as string[], [] as string[]]
  const look = (node: object, path: string): void => {
    const { type, format } = node as { type?: unknown; format?: unknown }
    if (type === 'number') (format === 'float' ? numbers : others).push(path)
    for (const [name, inner] of Object.entries(node))
      if (name !== 'default' && typeof inner === 'object' && inner !== null) look(inner as object, `${path}/${name}`)
  }
  look(JobSpecSchema, '')
  t.diagnostic(`looked at ${numbers.length} numbers`)
  assert.deepEqual(others, [])
  assert.ok(numbers.length > 30)
})

test('parseJobSpec() takes 0 and the least number that float32 holds', () => {
  const body = {
    ...SMALLEST,
    clipping: { policy: 'norm', threshold: 2 ** -126 },
    optimizer: { type: 'adam', beta1: 0 },
  }
  assert.deepEqual(faultsOf(body), {})
})
