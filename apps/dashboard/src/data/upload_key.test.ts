import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeUploadKey } from './upload_key.ts'

const FILE = { name: 'λ waves.csv', size: 2 ** 31, lastModified: 1_790_000_000_000 }
const QUERY = { name: 'λ waves.csv', label: 'kind' }

test('makeUploadKey() is a key of the service, the same for the same file read in the same way', () => {
  const key = makeUploadKey(FILE, QUERY)
  assert.match(key, /^[A-Za-z0-9._-]{1,128}$/)
  assert.equal(makeUploadKey({ ...FILE }, { ...QUERY }), key)
})

for (const [what, file, query] of [
  ['another name', { ...FILE, name: 'waves.csv' }, QUERY],
  ['another size', { ...FILE, size: 1 }, QUERY],
  ['a later change', { ...FILE, lastModified: FILE.lastModified + 1 }, QUERY],
  ['another way to read it', FILE, { ...QUERY, label: 'id' }],
] as const)
  test(`makeUploadKey() is another for ${what}`, () =>
    assert.notEqual(makeUploadKey(file, query), makeUploadKey(FILE, QUERY)))
