import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SEQUENCE_FIELD_NAMES } from './sections/data.ts'
import { JobSpecSchema } from './job_spec.ts'

interface Node {
  description?: string
  default?: unknown
  const?: unknown
  properties?: Record<string, Node>
  anyOf?: Node[]
}

function* fieldsOf(node: Node, path = ''): Generator<[string, Node]> {
  for (const branch of node.anyOf ?? []) yield* fieldsOf(branch, path)
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    yield [`${path}/${name}`, field]
    yield* fieldsOf(field, `${path}/${name}`)
  }
}

test('JobSpecSchema documents every field in one line', (t) => {
  const fields = [...fieldsOf(JobSpecSchema as Node)]
  const bare = fields.filter(
    ([, { description }]) => description === undefined || description.length < 1 || description.includes('\n'),
  )
  t.diagnostic(`looked at ${fields.length} fields`)
  assert.ok(fields.length > 100)
  assert.deepEqual(
    bare.map(([path]) => path),
    [],
  )
})

/** Fields a job must say, or that may be left out without taking a value. */
const WITHOUT_DEFAULT = new Set<string>([
  '/name',
  '/model',
  '/data',
  '/data/dataset',
  '/bptt/k2',
  // What is learned of sequences follows from the fields of their data set.
  ...SEQUENCE_FIELD_NAMES.map((name) => `/data/${name}`),
  ...['by', 'train', 'validation', 'test', 'seed'].map((name) => `/data/split/${name}`),
  '/clipping/threshold',
  '/clipping/readout',
  '/clipping/max_norm',
  ...['job', 'checkpoint', 'model', 'version', 'weights', 'sha256'].map((name) => `/init_from/${name}`),
  '/training/curriculum/start_length',
  '/training/curriculum/increment',
  '/training/curriculum/when/below',
  '/training/curriculum/when/above',
  '/training/target/below',
  '/training/target/above',
])

test('JobSpecSchema gives every other field a default', () => {
  const missing = [...fieldsOf(JobSpecSchema as Node)].filter(
    ([path, node]) => node.default === undefined && node.const === undefined && !WITHOUT_DEFAULT.has(path),
  )
  assert.deepEqual(
    missing.map(([path]) => path),
    [],
  )
})
