import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricFrame, MetricRow } from '@unroll/contract'
import type { AppendAnswer } from '@unroll/store'
import { pino } from 'pino'
import { MetricWriter, type Append } from './metric_writer.ts'

const rows = (from: number, to: number): MetricRow[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ step: from + index, series: { loss: 1 } }))

const archiver = { archive: () => Promise.reject(new Error('nothing is to be archived')) }
const log = pino({ level: 'silent' })

const writerTo = (append: Append, clock: () => number = () => 0) => new MetricWriter({ append, archiver, log }, clock)

/** A writer that writes to a list; `answer` decides about each frame. */
function writing(
  frames: MetricFrame[],
  answer: (frame: MetricFrame) => AppendAnswer = () => 'stored',
  clock: () => number = () => 0,
): MetricWriter {
  const append = (frame: MetricFrame): Promise<AppendAnswer> => {
    const verdict = answer(frame)
    if (verdict === 'stored') frames.push(frame)
    return Promise.resolve(verdict)
  }
  return writerTo(append, clock)
}

/** Answers as the store does, from the frames it holds. */
function storeOf(frames: MetricFrame[]): (frame: MetricFrame) => AppendAnswer {
  return ({ firstSeq, rows: { length } }) => {
    const seq = frames.reduce((sum, frame) => sum + frame.rows.length, 0)
    if (firstSeq + length - 1 <= seq) return 'duplicate'
    return firstSeq === seq + 1 ? 'stored' : 'gap'
  }
}

test('MetricWriter numbers rows from 1 without a gap, in frames of bounded size', async () => {
  const frames: MetricFrame[] = []
  const writer = writing(frames)
  writer.add(rows(1, 300))
  assert.equal(await writer.flush(), 'drained')
  writer.add(rows(301, 310))
  await writer.flush()
  assert.deepEqual(
    frames.map(({ firstSeq, rows: { length } }) => [firstSeq, length]),
    [
      [1, 256],
      [257, 44],
      [301, 10],
    ],
  )
  assert.equal(writer.size, 0)
})

test('MetricWriter keeps what the store did not take, and sends it again from the same number', async () => {
  const frames: MetricFrame[] = []
  let down = true
  const writer = writing(frames, () => {
    if (down) throw new Error('Redis is away')
    return 'stored'
  })
  writer.add(rows(1, 5))
  await assert.rejects(writer.flush(), /away/)
  assert.equal(writer.size, 5)
  writer.add(rows(6, 6))
  down = false
  await writer.flush()
  assert.deepEqual(
    frames.map(({ firstSeq, rows: { length } }) => [firstSeq, length]),
    [
      [1, 5],
      [6, 1],
    ],
  )
})

test('MetricWriter neither loses nor doubles rows whose answer was lost with the connection', async () => {
  const frames: MetricFrame[] = []
  const store = storeOf(frames)
  let isCut = true
  const writer = writerTo((frame) => {
    const answer = store(frame)
    if (answer === 'stored') frames.push(frame)
    return isCut ? Promise.reject(new Error('connection is closed')) : Promise.resolve(answer)
  })
  writer.add(rows(1, 5))
  await assert.rejects(writer.flush(), /closed/)
  writer.add(rows(6, 7))
  isCut = false
  assert.equal(await writer.flush(), 'drained')
  assert.deepEqual(
    frames.flatMap((frame) => frame.rows.map(({ step }) => step)),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

test('MetricWriter goes on after a frame that the store already had', async () => {
  const writer = writing([], () => 'duplicate')
  writer.add(rows(1, 3))
  assert.equal(await writer.flush(), 'drained')
  assert.equal(writer.size, 0)
})

test('MetricWriter stops at the word that a newer attempt has the job', async () => {
  const writer = writing([], () => 'fenced')
  writer.add(rows(1, 3))
  assert.equal(await writer.flush(), 'fenced')
})

test('MetricWriter reports a gap rather than hiding it', async () => {
  const writer = writing([], () => 'gap')
  writer.add(rows(1, 3))
  await assert.rejects(writer.flush(), /rows before it are missing/)
})

test('MetricWriter sends again what a server that crashed has forgotten', async () => {
  const frames: MetricFrame[] = []
  const writer = writing(frames, storeOf(frames))
  for (const from of [1, 3, 5]) {
    writer.add(rows(from, from + 1))
    await writer.flush()
  }
  frames.length = 1 // what was on disk
  writer.add(rows(7, 8))
  assert.equal(await writer.flush(), 'drained')
  assert.deepEqual(
    frames.flatMap((frame) => frame.rows.map(({ step }) => step)),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
})

test('MetricWriter keeps what is stored for some seconds, not for ever', async () => {
  const frames: MetricFrame[] = []
  let now = 0
  const writer = writing(frames, storeOf(frames), () => now)
  writer.add(rows(1, 2))
  await writer.flush()
  now += 60_000
  writer.add(rows(3, 4))
  await writer.flush()
  frames.length = 0
  writer.add(rows(5, 6))
  await assert.rejects(writer.flush(), /rows before it are missing/)
})

test('MetricWriter sends once for calls that overlap', async () => {
  const frames: MetricFrame[] = []
  const writer = writing(frames)
  writer.add(rows(1, 3))
  await Promise.all([writer.flush(), writer.flush(), writer.flush()])
  assert.equal(frames.length, 1)
})
