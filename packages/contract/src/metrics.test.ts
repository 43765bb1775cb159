import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CURSOR_PATTERN, formatCursor, fromJsonNumber, parseCursor, toJsonNumber } from './metrics.ts'

for (const value of [0, -0, 1.5, 1e-320, Number.MAX_VALUE, Number.NaN, Infinity, -Infinity]) {
  test(`toJsonNumber() carries ${value} through JSON`, () => {
    const back = fromJsonNumber(JSON.parse(JSON.stringify(toJsonNumber(value))))
    assert.equal(back, value === 0 ? 0 : value)
  })
}

test('parseCursor() reads what formatCursor() wrote', () => {
  const cursor = { epoch: 3, seq: 123_456 }
  const text = formatCursor(cursor)
  assert.match(text, new RegExp(CURSOR_PATTERN))
  assert.deepEqual(parseCursor(text), cursor)
})
