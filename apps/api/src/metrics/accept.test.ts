import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferred } from './accept.ts'

const JSON_TYPE = 'application/json'
const ARROW = 'application/vnd.apache.arrow.stream'
const CSV = 'text/csv'

const PREFERRED: [accept: string | undefined, type: string | undefined][] = [
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
  ['text/csv', CSV],
  ['Text/CSV; charset=utf-8', CSV],
  ['text/*', CSV],
  ['text/csv, */*', CSV],
  ['text/csv;q=0.5, */*', JSON_TYPE],
  ['application/json;q=0.2, text/csv;q=0.8, application/vnd.apache.arrow.stream;q=0.9', ARROW],
  [`${ARROW}, ${CSV}`, ARROW],
  [`${CSV}, ${ARROW}`, CSV],
  ['application/json;q=0, */*;q=0.1', ARROW],
  ['image/png', undefined],
  ['text/csv;q=0', undefined],
  ['text/csvs', undefined],
  ['nonsense', undefined],
]
for (const [accept, type] of PREFERRED) {
  test(`preferred() of ${JSON.stringify(accept)} is ${type ?? 'nothing'}`, () => {
    assert.equal(preferred(accept, [JSON_TYPE, ARROW, CSV]), type)
  })
}
