import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricFrame, MetricRow } from '@unroll/contract'
import type { AppendAnswer } from '@unroll/store'
import { MetricSpool } from './spool.ts'

const rows = (from: number, to: number): MetricRow[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ step: from + index, series: { loss: 1 } }))

/** A spool that writes to a list; `answer` decides about each frame. */
function spoolTo(
  frames: MetricFrame[],
  answer: (frame: MetricFrame) => AppendAnswer = () => 'stored',
  clock: () => number = () => 0,
): MetricSpool {
  const append = (frame: MetricFrame): Promise<AppendAnswer> => {
    const verdict = answer(frame)
    if (verdict === 'stored') frames.push(frame)
    return Promise.resolve(verdict)
  }
  return new MetricSpool(append, clock)
}

/** Answers as the store does, from the frames it holds. */
function storeOf(frames: MetricFrame[]): (frame: MetricFrame) => AppendAnswer {
  return ({ firstSeq, rows: { length } }) => {
    const seq = frames.reduce((sum, frame) => sum + frame.rows.length, 0)
    if (firstSeq + length - 1 <= seq) return 'duplicate'
    return firstSeq === seq + 1 ? 'stored' : 'gap'
  }
}

test('MetricSpool numbers rows from 1 without a gap, in frames of bounded size', async () => {
  const frames: MetricFrame[] = []
  const spool = spoolTo(frames)
  spool.add(rows(1, 300))
  assert.equal(await spool.flush(), 'drained')
  spool.add(rows(301, 310))
  await spool.flush()
  assert.deepEqual(
    frames.map(({ firstSeq, rows: { length } }) => [firstSeq, length]),
    [
      [1, 256],
      [257, 44],
      [301, 10],
    ],
  )
  assert.equal(spool.size, 0)
})

test('MetricSpool keeps what the store did not take, and sends it again from the same number', async () => {
  const frames: MetricFrame[] = []
  let down = true
  const spool = spoolTo(frames, () => {
    if (down) throw new Error('Redis is away')
    return 'stored'
  })
  spool.add(rows(1, 5))
  await assert.rejects(spool.flush(), /away/)
  assert.equal(spool.size, 5)
  spool.add(rows(6, 6))
  down = false
  await spool.flush()
  assert.deepEqual(
    frames.map(({ firstSeq, rows: { length } }) => [firstSeq, length]),
    [
      [1, 5],
      [6, 1],
    ],
  )
})

test('MetricSpool neither loses nor doubles rows whose answer was lost with the connection', async () => {
  const frames: MetricFrame[] = []
  const store = storeOf(frames)
  let isCut = true
  const spool = new MetricSpool((frame) => {
    const answer = store(frame)
    if (answer === 'stored') frames.push(frame)
    return isCut ? Promise.reject(new Error('connection is closed')) : Promise.resolve(answer)
  }, Date.now)
  spool.add(rows(1, 5))
  await assert.rejects(spool.flush(), /closed/)
  spool.add(rows(6, 7))
  isCut = false
  assert.equal(await spool.flush(), 'drained')
  assert.deepEqual(
    frames.flatMap((frame) => frame.rows.map(({ step }) => step)),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

test('MetricSpool goes on after a frame that the store already had', async () => {
  const spool = spoolTo([], () => 'duplicate')
  spool.add(rows(1, 3))
  assert.equal(await spool.flush(), 'drained')
  assert.equal(spool.size, 0)
})

test('MetricSpool stops at the word that a newer attempt has the job', async () => {
  const spool = spoolTo([], () => 'fenced')
  spool.add(rows(1, 3))
  assert.equal(await spool.flush(), 'fenced')
})

test('MetricSpool reports a gap rather than hiding it', async () => {
  const spool = spoolTo([], () => 'gap')
  spool.add(rows(1, 3))
  await assert.rejects(spool.flush(), /rows before it are missing/)
})

test('MetricSpool sends again what a server that crashed has forgotten', async () => {
  const frames: MetricFrame[] = []
  const spool = spoolTo(frames, storeOf(frames))
  for (const from of [1, 3, 5]) {
    spool.add(rows(from, from + 1))
    await spool.flush()
  }
  frames.length = 1 // what was on disk
  spool.add(rows(7, 8))
  assert.equal(await spool.flush(), 'drained')
  assert.deepEqual(
    frames.flatMap((frame) => frame.rows.map(({ step }) => step)),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
})

test('MetricSpool keeps what is stored for some seconds, not for ever', async () => {
  const frames: MetricFrame[] = []
  let now = 0
  const spool = spoolTo(frames, storeOf(frames), () => now)
  spool.add(rows(1, 2))
  await spool.flush()
  now += 60_000
  spool.add(rows(3, 4))
  await spool.flush()
  frames.length = 0
  spool.add(rows(5, 6))
  await assert.rejects(spool.flush(), /rows before it are missing/)
})

test('MetricSpool sends once for calls that overlap', async () => {
  const frames: MetricFrame[] = []
  const spool = spoolTo(frames)
  spool.add(rows(1, 3))
  await Promise.all([spool.flush(), spool.flush(), spool.flush()])
  assert.equal(frames.length, 1)
})
