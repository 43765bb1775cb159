import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { below, isWithin, leadsSomewhere, overlap, formatPointer, parsePointer, valueAt, without } from './pointer.ts'

// The examples of RFC 6901, section 5.
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
}
const EXAMPLES: [pointer: string, value: unknown][] = [
  ['', DOCUMENT],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
]
for (const [pointer, value] of EXAMPLES)
  test(`valueAt() of "${pointer}" is the value that RFC 6901 says`, () => {
    assert.deepEqual(valueAt(DOCUMENT, pointer), value)
    assert.ok(leadsSomewhere(DOCUMENT, pointer))
  })

for (const pointer of [
  '/foo/2',
  '/foo/length',
  '/foo/00',
  '/foo/-1',
  '/constructor',
  '/foo/at',
  '/nothing/at/all',
  '/c%d/x',
])
  test(`valueAt() of "${pointer}", which is in no document, is undefined`, () => {
    assert.equal(valueAt(DOCUMENT, pointer), undefined)
    assert.ok(!leadsSomewhere(DOCUMENT, pointer))
    assert.equal(without(DOCUMENT, pointer), DOCUMENT)
  })

test('leadsSomewhere() tells null from nothing', () => {
  assert.deepEqual([leadsSomewhere({ a: null }, '/a'), leadsSomewhere({ a: null }, '/b')], [true, false])
})

test('without() takes out one field, and changes nothing else', () => {
  const before = { a: { 'b/c': 1, d: 2 }, e: [{ f: 1 }] }
  assert.deepEqual(without(before, '/a/b~1c'), { a: { d: 2 }, e: [{ f: 1 }] })
  assert.equal(without(before, '/e/0/f'), before)
  assert.deepEqual(before, { a: { 'b/c': 1, d: 2 }, e: [{ f: 1 }] })
})

test('parsePointer() undoes formatPointer(), and below() goes one name further, for every name', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.string(), (names, name) => {
      assert.deepEqual(parsePointer(formatPointer(names)), names)
      assert.deepEqual(parsePointer(below(formatPointer(names), name)), [...names, name])
      assert.ok(isWithin(below(formatPointer(names), name), formatPointer(names)))
      assert.ok(overlap(formatPointer(names), below(formatPointer(names), name)))
    }),
  )
})

test('overlap() is no question of how names begin', () => {
  assert.deepEqual([overlap('/a/b', '/a'), overlap('/a', '/ab'), isWithin('/a', '/a/b')], [true, false, false])
})
