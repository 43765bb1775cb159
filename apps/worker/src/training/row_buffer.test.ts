import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowBuffer } from './row_buffer.ts'

/** A buffer that takes 10 ms for each step, and what it sent: the steps of rows, and the newest step. */
function bufferOf(hasRow: (step: number) => boolean) {
  let now = 0
  const sent: [rows: number[], step: number][] = []
  const buffer = new RowBuffer(
    (rows, step) => sent.push([rows.map((row) => row.step), step]),
    () => now,
  )
  const finish = (first: number, last: number) => {
    for (let step = first; step <= last; step++) {
      now += 10
      if (hasRow(step)) buffer.add({ step, series: {} })
      buffer.advanceTo(step)
    }
  }
  return { buffer, sent, finish }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at)

test('RowBuffer sends the first row at once, and gathers those of each quarter of a second after it into one message', () => {
  const { buffer, sent, finish } = bufferOf(() => true)
  finish(1, 61)
  buffer.flush()
  assert.deepEqual(sent, [
    [[1], 1],
    [range(2, 26), 26],
    [range(27, 51), 51],
    [range(52, 61), 61],
  ])
})

test('RowBuffer tells how far the run is where few steps have a row', () => {
  const { sent, finish } = bufferOf((step) => step === 30)
  finish(1, 76)
  assert.deepEqual(sent, [
    [[], 1],
    [[], 26],
    [[30], 51],
    [[], 76],
  ])
})

test('RowBuffer sends nothing when there is nothing, and a row whose step was not finished', () => {
  const { buffer, sent } = bufferOf(() => true)
  buffer.flush()
  assert.deepEqual(sent, [])
  buffer.add({ step: 7, series: {} })
  buffer.flush()
  buffer.flush()
  assert.deepEqual(sent, [[[7], 7]])
})
