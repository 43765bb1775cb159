import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSpecSchema, SweepSpecSchema, type Job, type ProblemDetails, type Sweep } from '@unroll/contract'
import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { JOB, testApp } from '../../testing/app.ts'

// Bodies by the grammar that the schemas are, right and nearly right, over a socket against the real service.

const RUNS = Number(process.env['UNROLL_WIRE_RUNS'] ?? 150)

/** How often a request is sent that meets a 503. */
const MOST_TRIES = 10

interface Grammar {
  anyOf?: Grammar[]
  const?: unknown
  enum?: unknown[]
  type?: string
  properties?: Record<string, Grammar>
  required?: string[]
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  exclusiveMaximum?: number
}

const NAMES = ['', 'a/b', '~1', '__proto__', 'constructor', 'k'.repeat(65), 'a\nb', '😀', '\ud800', 'name', '0']
const odd = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 8 }))
const ODD_VALUES = [null, 0, -1, 1e-46, 1e308, 2 ** 53, true, '', '\udc00', 'x'.repeat(600), [], {}, [[]], '1', 0.5]
const nonsense = fc.oneof(fc.constantFrom<unknown>(...ODD_VALUES), fc.jsonValue({ maxDepth: 2 }))

/** What a schema lets through, for the most part: small numbers, some of the fields that may be left out. */
function valueOf(schema: Grammar): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueOf))
  const { minimum, exclusiveMinimum = -10, maximum, exclusiveMaximum = 1000 } = schema
  const [min, max] = [minimum ?? exclusiveMinimum, maximum ?? exclusiveMaximum]
  if (schema.type === 'integer') return fc.integer({ min, max: Math.min(max, min + 40) })
  if (schema.type === 'number') return fc.double({ min, max: Math.min(max, min + 10), noNaN: true })
  if (schema.type === 'string') return fc.string({ minLength: 1, maxLength: 12 })
  if (schema.type === 'null') return fc.constant(null)
  if (schema.properties === undefined) return fc.dictionary(odd, fc.string({ maxLength: 5 }), { maxKeys: 2 })
  const required = Object.keys(schema.properties).filter((name) => isNeeded(schema, name))
  const parts = Object.entries(schema.properties).map(([name, inner]) => [name, valueOf(inner)] as const)
  return fc.record(Object.fromEntries(parts), { requiredKeys: required })
}

/** Fields without which hardly any body would be right. */
function isNeeded({ properties = {}, required = [] }: Grammar, name: string): boolean {
  return properties[name]?.const !== undefined || (required.includes(name) && !('default' in (properties[name] ?? {})))
}

/** A body with something put where it does not belong, now and then. */
function spoilt(body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const part = fc.record({ path: fc.array(fc.nat(8), { maxLength: 3 }), name: odd, value: nonsense })
  const put = fc.tuple(body, part).map(([whole, { path, name, value }]) => placed(whole, path, name, value))
  return fc.oneof({ weight: 2, arbitrary: body }, { weight: 1, arbitrary: put })
}

function placed(whole: unknown, [at, ...path]: readonly number[], name: string, value: unknown): unknown {
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return value
  const fields = Object.entries(whole)
  const [chosen, inner] = fields[(at ?? 0) % Math.max(1, fields.length)] ?? [name, value]
  const entry = at === undefined ? [name, value] : [chosen, placed(inner, path, name, value)]
  return Object.fromEntries([...fields, entry as [string, unknown]])
}

const job = fc.oneof(spoilt(valueOf(JobSpecSchema as Grammar)), spoilt(changed()))

/** The smallest job with one part by the grammar: most are right. */
function changed(): fc.Arbitrary<unknown> {
  const parts = Object.entries((JobSpecSchema as unknown as Grammar).properties ?? {})
  return fc.oneof(...parts.map(([name, schema]) => valueOf(schema).map((part) => ({ ...JOB, [name]: part }))))
}

const dimension = fc.record({ values: fc.array(nonsense, { minLength: 1, maxLength: 3 }) })
const seeds = fc.record({ values: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 3 }) })
const space = fc.oneof(
  { weight: 2, arbitrary: fc.record({ 'training.seed': seeds }) },
  fc.dictionary(fc.oneof(odd, fc.constantFrom('/model/cell', 'optimizer.learning_rate', '/a~1b')), dimension, {
    maxKeys: 2,
  }),
)
const { strategy, objective } = (SweepSpecSchema as unknown as { properties: Record<string, Grammar & TSchema> })
  .properties
const template = fc.oneof({ weight: 3, arbitrary: fc.constant(JOB) }, { weight: 1, arbitrary: job })
const sweep = spoilt(
  fc.record(
    { template, space, strategy: valueOf(strategy ?? {}), objective: valueOf(objective ?? {}) },
    { requiredKeys: ['template', 'space'] },
  ),
)
const patch = spoilt(
  fc.record(
    { name: odd, priority: fc.nat(9), metadata: fc.dictionary(odd, fc.string(), { maxKeys: 2 }) },
    { requiredKeys: [] },
  ),
)
const retry = spoilt(fc.record({ changes: fc.oneof(patch, job, fc.dictionary(odd, nonsense, { maxKeys: 3 })) }))

const REQUESTS: Record<string, { body: fc.Arbitrary<unknown>; path: string; method: 'POST' | 'PATCH' }> = {
  'a job': { body: job, path: '/v1/jobs', method: 'POST' },
  'a sweep': { body: sweep, path: '/v1/sweeps', method: 'POST' },
  'a change': { body: patch, path: '/v1/jobs/:id', method: 'PATCH' },
  'a retry': { body: retry, path: '/v1/jobs/:id/retry', method: 'POST' },
}

for (const [what, { body, path, method }] of Object.entries(REQUESTS))
  test(`${what} by the grammar of its schema, right or nearly so, is done as asked or refused by its place`, async (t) => {
    const { app, store } = await testApp(t)
    const old = (await app.inject({ method: 'POST', url: '/v1/jobs', payload: JOB })).json<Job>()
    const counts = { done: 0, refused: 0 }
    const sent = fc.asyncProperty(body, async (payload) => {
      const send = () =>
        app.inject({
          method,
          url: path.replace(':id', old.id),
          headers: { 'content-type': 'application/json' },
          payload: JSON.stringify(payload),
        })
      let answer = await send()
      // A machine that is too busy to reach Redis in time says to come again.
      for (let again = 0; again < MOST_TRIES && answer.statusCode === 503; again++) answer = await send()
      assert.ok(answer.statusCode < 500, `${answer.statusCode}: ${answer.body.slice(0, 500)}`)
      assert.ok(!/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(answer.body), 'half of a surrogate pair is sent')
      if (answer.statusCode >= 400) {
        counts.refused++
        const { errors = [], code } = answer.json<ProblemDetails>()
        assert.ok(errors.length > 0, `${code} names no place`)
        return
      }
      counts.done++
      await assertDone(what, answer.json<Job | Sweep>(), payload)
    })
    const seed = Number(process.env['UNROLL_WIRE_SEED'] ?? Date.now() % 2 ** 31)
    await fc.assert(sent, { numRuns: RUNS, seed })
    t.diagnostic(`${RUNS} of seed ${seed}: ${counts.done} done, ${counts.refused} refused`)
    assert.ok(counts.done > 0 && counts.refused > 0)

    /** What was answered is what is stored, and has each field as it was given. */
    async function assertDone(kind: string, answered: Job | Sweep, given: unknown): Promise<void> {
      if (kind === 'a sweep') {
        const stored = await store.sweeps.get(answered.id)
        const asked = given as { template: unknown }
        assert.deepEqual(stored.spec.template, JSON.parse(JSON.stringify(asked.template)))
        for (const { job: run } of stored.runs) if (run !== null) await store.jobs.get(run)
        return
      }
      const stored = await store.jobs.get(answered.id)
      assert.deepEqual(stored.spec, (answered as Job).spec)
      if (kind === 'a job') assertHolds(stored.spec, given)
    }
  })

/** Whether a value has all that is given, whatever it has besides. */
function assertHolds(value: unknown, given: unknown): void {
  if (typeof given !== 'object' || given === null) return assert.deepEqual(value, given)
  for (const [name, inner] of Object.entries(JSON.parse(JSON.stringify(given)) as object))
    assertHolds((value as Record<string, unknown>)[name], inner)
}
