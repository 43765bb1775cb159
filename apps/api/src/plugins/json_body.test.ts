import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnrollError } from '@unroll/contract'
import * as fc from 'fast-check'
import { parseJson } from './json_body.ts'

const FAULTS: [text: string, place: string][] = [
  ['{', 'line 1, column 2'],
  ['{"a": }', 'line 1, column 7'],
  ['{"a": 1,}', 'line 1, column 9'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
  ['[1, 2', 'line 1, column 6'],
  ['"open', 'line 1, column 6'],
  ['{"a": nul}', 'line 1, column 10'],
  ['{"a": 1} tail', 'line 1, column 10'],
  [String.raw`{"a": "\x"}`, 'line 1, column 9'],
  [`{"a": "${'x'.repeat(500)}",\n "b": 01}`, 'line 2, column 8'],
]
for (const [text, place] of FAULTS) {
  test(`parseJson() places the fault of ${JSON.stringify(text.slice(0, 24))} at ${place}`, () => {
    assert.throws(
      () => parseJson(text),
      (error) => {
        assert.ok(error instanceof UnrollError)
        assert.ok(error.faults[0]?.detail.endsWith(` at ${place}`), error.faults[0]?.detail)
        return true
      },
    )
  })
}

test('parseJson() reads what JSON.stringify() writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      if (!text.includes('"__proto__"')) assert.deepEqual(parseJson(text), JSON.parse(text))
    }),
  )
})
