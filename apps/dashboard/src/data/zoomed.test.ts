import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepRange } from '../charts/frame.ts'
import type { ViewContext } from '../context.ts'
import type { Reading } from './feed.ts'
import { Zoomed } from './zoomed.ts'

interface Held {
  isWhole: boolean
  lastStep: number
}

/** A source whose answers come when the test says so. */
function manual({ isWhole }: { isWhole: boolean }) {
  const view = new AbortController()
  const reads: { rows: Held; range: StepRange; reading: Reading }[] = []
  let follow: Reading | undefined
  let drawn = 0
  const zoomed = new Zoomed<Held>(
    { signal: view.signal } as ViewContext,
    {
      empty: () => ({ isWhole, lastStep: 100 }),
      follow: (_, reading) => ((follow = reading), Promise.resolve()),
      read: (rows, range, reading) => (reads.push({ rows, range, reading }), Promise.resolve()),
    },
    () => (drawn += 1),
  )
  return { zoomed, reads, view, grow: () => follow?.onRows(), signal: () => follow?.context.signal, drawn: () => drawn }
}

test('Zoomed shows the whole until what is read of the range is here', () => {
  const { zoomed, reads, drawn } = manual({ isWhole: false })
  zoomed.zoomTo({ from: 10, to: 20 })
  assert.equal(zoomed.shown, zoomed.whole)
  assert.deepEqual(reads[0]?.range, { from: 10, to: 20 })
  reads[0]?.reading.onRows()
  assert.equal(zoomed.shown, reads[0]?.rows)
  assert.equal(drawn(), 1)
  zoomed.zoomTo(null)
  assert.equal(zoomed.shown, zoomed.whole)
})

test('Zoomed reads nothing where nothing is reduced', () => {
  const { zoomed, reads } = manual({ isWhole: true })
  zoomed.zoomTo({ from: 10, to: 20 })
  assert.deepEqual([reads.length, zoomed.shown === zoomed.whole], [0, true])
})

test('Zoomed ends the reading of a range when it is moved, reads it once it rests, and ends all when it is closed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { zoomed, reads, view, signal } = manual({ isWhole: false })
  zoomed.zoomTo({ from: 10, to: 20 })
  const aborted = () => reads.map(({ reading }) => reading.context.signal.aborted)
  zoomed.zoomTo({ from: 20, to: 30 })
  t.mock.timers.tick(30)
  zoomed.zoomTo({ from: 30, to: 40 })
  assert.deepEqual(aborted(), [true])
  t.mock.timers.tick(100)
  assert.deepEqual(aborted(), [true, false])
  assert.deepEqual(reads[1]?.range, { from: 30, to: 40 })
  view.abort()
  assert.deepEqual([...aborted(), signal()?.aborted], [true, true, true])
})

test('Zoomed reads a range anew that reaches into what has come since, and keeps what is shown meanwhile', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { zoomed, reads, grow } = manual({ isWhole: false })
  zoomed.zoomTo({ from: 10, to: 20 })
  grow()
  assert.equal(reads.length, 1)
  zoomed.zoomTo({ from: 90, to: 150 })
  t.mock.timers.tick(100)
  reads[1]?.reading.onRows()
  zoomed.whole.lastStep = 120
  grow()
  assert.equal(reads.length, 3)
  assert.equal(zoomed.shown, reads[1]?.rows)
})
