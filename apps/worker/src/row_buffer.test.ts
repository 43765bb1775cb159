import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowBuffer } from './row_buffer.ts'

test('RowBuffer gathers the rows of a tenth of a second into one message', () => {
  let now = 0
  const sent: number[][] = []
  const buffer = new RowBuffer(
    (rows) => sent.push(rows.map(({ step }) => step)),
    () => now,
  )
  for (let step = 1; step <= 25; step++) {
    now += 10
    buffer.add({ step, series: {} })
  }
  buffer.flush()
  assert.deepEqual(
    sent.map(({ length }) => length),
    [10, 10, 5],
  )
  assert.deepEqual(
    sent.flat(),
    Array.from({ length: 25 }, (_, index) => index + 1),
  )
})

test('RowBuffer sends nothing when there is nothing', () => {
  const buffer = new RowBuffer(
    () => assert.fail('nothing to send'),
    () => 0,
  )
  buffer.flush()
})
