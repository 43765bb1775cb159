import assert from 'node:assert/strict'
import { test } from 'node:test'
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
