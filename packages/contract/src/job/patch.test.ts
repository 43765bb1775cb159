import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatPointer } from '../schema/pointer.ts'
import { JobSpecSchema } from './job_spec.ts'
import { amend, mergePatch } from './patch.ts'
import { parseJobSpec } from './parse.ts'

// The examples of RFC 7396, appendix A.
const EXAMPLES: [target: unknown, patch: unknown, result: unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]
for (const [target, patch, result] of EXAMPLES) {
  test(`mergePatch() of ${JSON.stringify(target)} with ${JSON.stringify(patch)} gives ${JSON.stringify(result)}`, () => {
    const before = JSON.stringify(target)
    assert.deepEqual(mergePatch(target, patch), result)
    assert.equal(JSON.stringify(target), before)
  })
}

const parsed = parseJobSpec({ model: { cell: 'lstm' }, data: { task: 'adding' }, training: { max_steps: 50 } })
assert.ok(parsed.ok)
const { value: spec } = parsed

test('amend() without changes gives the specification back', () => {
  assert.deepEqual(amend(spec, {}), { ok: true, value: spec })
})

test('amend() changes one field and leaves the rest', () => {
  const amended = amend(spec, { training: { max_steps: 99 } })
  assert.deepEqual(amended, { ok: true, value: { ...spec, training: { ...spec.training, max_steps: 99 } } })
})

test('amend() with null brings a default back', () => {
  const amended = amend(spec, { training: { max_steps: null } })
  assert.ok(amended.ok && amended.value.training.max_steps !== 50)
})

test('amend() to another variant leaves out what only the old one had, but no field that the changes name', () => {
  const amended = amend(spec, { model: { cell: 'rnn' }, clipping: { policy: 'none' }, optimizer: { type: 'sgd' } })
  assert.ok(amended.ok, JSON.stringify(amended))
  assert.deepEqual([amended.value.model.cell, amended.value.clipping], ['rnn', { policy: 'none', nonfinite: 'fail' }])
  const wrong = amend(spec, { clipping: { policy: 'none', threshold: 3 } })
  assert.deepEqual(wrong.ok || wrong.faults.map(({ pointer }) => pointer), ['/clipping/threshold'])
})

test('amend() finds every fault of the whole, also between old and new fields', () => {
  const amended = amend(spec, { sequence_length: 1, bptt: { mode: 'truncated', k1: 3 }, optimizer: { type: 'sdg' } })
  assert.ok(!amended.ok)
  assert.deepEqual(
    amended.faults.map(({ pointer }) => pointer),
    ['/optimizer/type', '/sequence_length'],
  )
  const crossed = amend(spec, { bptt: { mode: 'truncated', k1: 1000 } })
  assert.ok(!crossed.ok && crossed.faults.some(({ pointer }) => pointer === '/bptt/k1'))
})

// Names that pointers escape, that objects inherit, that lists have, and none at all.
const ODD = [
  'a/b',
  '~',
  '~0',
  '~1',
  '/',
  '',
  '/optimizer/learning_rate',
  'constructor',
  'toString',
  '0',
  'length',
  'a.b',
]
const oddName = fc.oneof(fc.constantFrom(...ODD), fc.string(), fc.string({ unit: fc.constantFrom('/', '~', '0', '1') }))
const unknownName = oddName.filter((name) => !Object.hasOwn(JobSpecSchema.properties, name) && name !== '__proto__')

test('amend() ends whatever fields there are to add, and refuses each of them where it is', () => {
  let looked = 0
  const inside = fc.constantFrom<readonly string[]>([], ['model'], ['model', 'init'], ['training'], ['optimizer'])
  const property = fc.property(inside, fc.dictionary(unknownName, fc.jsonValue(), { maxKeys: 20 }), (path, fields) => {
    const changes = path.reduceRight<object>((inner, name) => ({ [name]: inner }), { ...fields })
    const known = [...KNOWN, ...Object.keys(JobSpecSchema.properties)]
    const wanted = Object.entries(fields).filter(([name, value]) => value !== null && !known.includes(name))
    fc.pre(wanted.length === Object.values(fields).filter((value) => value !== null).length)
    const amended = amend(spec, changes)
    const told = amended.ok ? [] : amended.faults.map(({ pointer }) => pointer)
    assert.deepEqual(told.toSorted(), wanted.map(([name]) => formatPointer([...path, name])).toSorted())
    looked++
  })
  fc.assert(property, { numRuns: 300 })
  assert.ok(looked >= 300)
})
const KNOWN = Object.keys({ ...spec.model, ...spec.model.init, ...spec.training, ...spec.optimizer })

for (const name of ODD)
  test(`amend() to another variant with an unknown field ${JSON.stringify(name)} drops what is left over, and refuses the field`, () => {
    const amended = amend(spec, { model: { cell: 'rnn', [name]: 1 }, clipping: { policy: 'none' }, [name]: 2 })
    assert.ok(!amended.ok)
    const wanted = [formatPointer(['model', name]), formatPointer([name])]
    assert.deepEqual(amended.faults.map(({ pointer }) => pointer).toSorted(), wanted.toSorted())
  })

test('amend() takes fields that objects inherit for fields of no one', () => {
  const changes = JSON.parse('{"__proto__": {"priority": 7}, "model": {"__proto__": {"cell": "rnn"}}}') as object
  const amended = amend(spec, changes)
  assert.deepEqual(amended.ok || amended.faults.map(({ pointer }) => pointer).toSorted(), [
    '/__proto__',
    '/model/__proto__',
  ])
  assert.ok(amend(spec, { constructor: null, toString: null }).ok)
})

test('mergePatch() sets and removes "__proto__" and "constructor" like any field', () => {
  const patch = JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": null}}') as object
  const merged = mergePatch({ c: 1 }, patch)
  assert.equal(JSON.stringify(merged), '{"c":1,"__proto__":{"a":1},"constructor":{}}')
  assert.equal(Object.getPrototypeOf(merged), Object.prototype)
  assert.equal(JSON.stringify(mergePatch(merged, JSON.parse('{"__proto__": null, "c": null}'))), '{"constructor":{}}')
})
