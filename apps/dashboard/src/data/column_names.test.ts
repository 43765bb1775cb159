import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readColumnNames, splitHeader } from './column_names.ts'

for (const { line, names } of [
  { line: 'id,t,x', names: ['id', 't', 'x'] },
  { line: '"machine";"date, UTC";temp', names: ['machine', 'date, UTC', 'temp'] },
  { line: 'a\tb c', names: ['a', 'b c'] },
  { line: ',0,1,label', names: ['label'] },
  { line: '', names: [] },
]) {
  test(`splitHeader() finds ${names.length} names in ${JSON.stringify(line)}`, () => {
    assert.deepEqual(splitHeader(line), names)
  })
}

test('readColumnNames() reads the first line of a file, without a byte order mark', async () => {
  assert.deepEqual(await readColumnNames(new Blob(['\uFEFFa,b\r\n1,2\r\n'])), ['a', 'b'])
})
