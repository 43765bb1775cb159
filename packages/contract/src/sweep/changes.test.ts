import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withChanges } from './changes.ts'

const CHANGED: [what: string, template: object, changes: Record<string, unknown>, wanted: object][] = [
  ['a field', { a: { b: 1, c: 2 } }, { '/a/b': 3 }, { a: { b: 3, c: 2 } }],
  ['a field whose parent is not there', {}, { '/a/b': 3 }, { a: { b: 3 } }],
  ['a whole part', { a: { b: 1 } }, { '/a': { c: 2 } }, { a: { c: 2 } }],
  ['a name with a slash', {}, { '/a~1b': 1 }, { 'a/b': 1 }],
  [
    'a part that has variants and is left out',
    {},
    { '/optimizer/learning_rate': 1, '/clipping/policy': 'none' },
    { optimizer: { type: 'adam', learning_rate: 1 }, clipping: { policy: 'none' } },
  ],
  [
    'such a part that is there',
    { optimizer: {} },
    { '/optimizer/learning_rate': 1 },
    { optimizer: { learning_rate: 1 } },
  ],
  ['what is no object', { a: 5 }, { '/a/b': 1 }, { a: { b: 1 } }],
]
for (const [what, template, changes, wanted] of CHANGED) {
  test(`withChanges() sets ${what}, and leaves the template as it was`, () => {
    const before = structuredClone(template)
    assert.deepEqual(withChanges(template, changes), wanted)
    assert.deepEqual(template, before)
  })
}

test('withChanges() takes no name for the prototype of an object', () => {
  const changed = withChanges({}, { '/__proto__/polluted': true }) as object
  assert.deepEqual(Object.keys(changed), ['__proto__'])
  assert.equal((changed as { polluted?: boolean }).polluted, undefined)
})
