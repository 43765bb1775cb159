import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeFirstPart } from './first_part.ts'

for (const { what, text, format, most, part } of [
  { what: 'all of a small file', text: 'a,b\n1,2\n', format: 'csv', most: 100, part: 'a,b\n1,2\n' },
  { what: 'the whole lines of a large one', text: 'a,b\n1,2\n3,4\n', format: 'csv', most: 10, part: 'a,b\n1,2\n' },
  { what: 'no half of a quoted cell', text: 'a\n"x\ny"\n3\n', format: 'csv', most: 6, part: 'a\n' },
  {
    what: 'quotes of JSONL as they are',
    text: '{"a":"\\""}\n{"a":1}\n',
    format: 'jsonl',
    most: 14,
    part: '{"a":"\\""}\n',
  },
  { what: 'all of a line without an end', text: 'abcdefghij', format: 'text', most: 4, part: 'abcdefghij' },
  { what: 'all of a binary file', text: 'PAR1\n....\nPAR1', format: 'parquet', most: 6, part: 'PAR1\n....\nPAR1' },
] as const) {
  test(`takeFirstPart() sends ${what}`, async () => {
    assert.equal(await (await takeFirstPart(new Blob([text]), format, most)).text(), part)
  })
}
