import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { parameterName, readQuery } from './query.ts'

const SCHEMA = Type.Object({
  limit: Type.Integer(),
  dry_run: Type.Boolean(),
  series: Type.Array(Type.String()),
  name: Type.String(),
  metadata: Type.Record(Type.String(), Type.String()),
})

const QUERIES: [query: Record<string, string | string[]>, read: Record<string, unknown>][] = [
  [{ limit: '20' }, { limit: 20 }],
  [{ limit: '-2.5' }, { limit: -2.5 }],
  [{ limit: '0x10' }, { limit: '0x10' }],
  [{ limit: '' }, { limit: '' }],
  [{ limit: ['1', '2'] }, { limit: ['1', '2'] }],
  [{ dry_run: 'true' }, { dry_run: true }],
  [{ dry_run: 'false' }, { dry_run: false }],
  [{ dry_run: '1' }, { dry_run: '1' }],
  [{ series: 'a,b' }, { series: ['a', 'b'] }],
  [{ series: ['a', 'b,c'] }, { series: ['a', 'b', 'c'] }],
  [{ name: '20' }, { name: '20' }],
  [{ 'metadata[a]': '1', 'metadata[b]': '2' }, { metadata: { a: '1', b: '2' } }],
  [{ 'metadata[a[b]': '1', 'metadata[]c]': '2' }, { metadata: { 'a[b': '1', ']c': '2' } }],
  [{ 'name[a]': '1' }, { 'name[a]': '1' }],
  [{ unknown: '1' }, { unknown: '1' }],
]
for (const [query, read] of QUERIES)
  test(`readQuery() reads ${JSON.stringify(query)}`, () => assert.deepEqual(readQuery(SCHEMA, query), read))

test('parameterName() names a parameter as it is written in a query', () => {
  assert.deepEqual(['/limit', '/metadata/team', '/series/1'].map(parameterName), [
    'limit',
    'metadata[team]',
    'series[1]',
  ])
})
