import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutChunks, chunkEnd, isOneChunk, groupSegments } from './chunks.ts'

for (const { what, window, steps } of [
  { what: 'one chunk of a short window', window: { steps: 10, answered: 10, advance: 10 }, steps: [10] },
  { what: 'chunks of about equal length', window: { steps: 25, answered: 25, advance: 25 }, steps: [9, 9, 7] },
  { what: 'no chunk over the step where losses begin', window: { steps: 12, answered: 4, advance: 12 }, steps: [8, 4] },
  {
    what: 'no chunk over the step whose state is kept',
    window: { steps: 12, answered: 12, advance: 5 },
    steps: [5, 7],
  },
  {
    what: 'a last step of its own that alone has a loss',
    window: { steps: 12, answered: 1, advance: 0 },
    steps: [6, 5, 1],
  },
]) {
  test(`cutChunks() gives ${what}`, () => {
    const chunks = cutChunks({ ...window, rows: 2, chunkRows: 20 })
    assert.deepEqual(
      chunks.map((chunk) => chunk.steps),
      steps,
    )
    let next = 0
    for (const chunk of chunks) {
      assert.equal(chunk.start, next)
      assert.equal(chunk.answered, chunk.start >= window.steps - window.answered ? chunk.steps : 0)
      next = chunkEnd(chunk)
    }
    assert.equal(next, window.steps)
  })
}

test('isOneChunk() is true up to the rows of a chunk', () => {
  assert.equal(isOneChunk({ steps: 10, rows: 2, chunkRows: 20 }), true)
  assert.equal(isOneChunk({ steps: 11, rows: 2, chunkRows: 20 }), false)
})

for (const { length, counts } of [
  { length: undefined, counts: [5] },
  { length: 1, counts: [1, 1, 1, 1, 1] },
  { length: 10, counts: [1, 1, 1, 1, 1] },
  { length: 11, counts: [2, 2, 1] },
  { length: 1000, counts: [5] },
]) {
  test(`groupSegments() of ${length ?? 'any number of'} steps has ${counts.join(', ')} of five chunks of ten`, () => {
    const chunks = cutChunks({ steps: 50, rows: 2, answered: 50, advance: 50, chunkRows: 20 })
    const segments = groupSegments(chunks, length)
    assert.deepEqual(segments.flat(), chunks)
    assert.deepEqual(
      segments.map((segment) => segment.length),
      counts,
    )
  })
}
