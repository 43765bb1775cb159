import type { Cursor, MetricFrame } from '@unroll/contract'
import { Packr } from 'msgpackr'
import { checkFlow, checkScalars, DamagedFrame, type Flow, type Scalars, type StoredColumn } from './frame_check.ts'
import { scalarBlock, type Column, type FlowBlock, type ScalarBlock } from './block.ts'

/*
 * Rows of metrics as bytes: a head of seven 32-bit numbers, big end first (epoch, first and last sequence number, first
 * and last step, rows, 1 when the rows have left Redis), which scripts read (lua/includes/frames.lua), then MessagePack:
 * the rows, or the name of the segment that has them. Values are columns of doubles, so that NaN, both infinities and -0
 * come back bit for bit.
 */

const HEAD_WORDS = 7
const HEAD_BYTES = HEAD_WORDS * 4

const packr = new Packr({ moreTypes: true, useRecords: false })

/** The head of a frame: rows of one epoch, in order. */
export interface FrameHead {
  epoch: number
  firstSeq: number
  lastSeq: number
  firstStep: number
  lastStep: number
  rows: number
}

/** The scalars of a frame. It must hold a row. */
export function encodeScalars(epoch: number, { firstSeq, rows }: MetricFrame): Buffer {
  const { steps, columns } = scalarBlock(epoch, firstSeq, rows)
  const head = createHead(epoch, { firstSeq, rows }, rows)
  return withHead(head, false, {
    steps: Array.from(steps),
    columns: Array.from(columns, ([name, column]) => ({ name, ...storeColumn(column) })),
  } satisfies Scalars)
}

/** The flow of a frame; undefined if it has none. */
export function encodeFlow(epoch: number, frame: MetricFrame): Buffer | undefined {
  const flow: Flow = frame.rows.flatMap((row, at) =>
    row.flow === undefined ? [] : [{ seq: frame.firstSeq + at, step: row.step, flow: row.flow }],
  )
  return flow.length === 0 ? undefined : withHead(createHead(epoch, frame, flow), false, flow)
}

/** @throws {DamagedFrame} */
export function decodeScalars(frame: Buffer): ScalarBlock {
  const { steps, columns } = checkScalars(unpackBody(frame))
  const firstSeq = frame.readUInt32BE(4)
  return {
    epoch: frame.readUInt32BE(0),
    seqs: Uint32Array.from(steps, (_, at) => firstSeq + at),
    steps: Float64Array.from(steps),
    columns: new Map(columns.map((column) => [column.name, restoreColumn(column, steps.length)])),
  }
}

/** @throws {DamagedFrame} */
export function decodeFlow(frame: Buffer): FlowBlock {
  const rows = checkFlow(unpackBody(frame))
  return {
    epoch: frame.readUInt32BE(0),
    seqs: Uint32Array.from(rows, ({ seq }) => seq),
    steps: Float64Array.from(rows, ({ step }) => step),
    flow: rows.map(({ flow }) => flow),
  }
}

/** A frame that references its rows in the segment `name`. */
export function encodeReference(head: FrameHead, name: string): Buffer {
  return withHead(head, true, name)
}

/** The name of the segment with the rows of a frame; undefined if the frame has them itself. @throws {DamagedFrame} */
export function readSegmentName(frame: Buffer): string | undefined {
  refuseShort(frame)
  if (frame.readUInt32BE(24) !== 1) return undefined
  const name = unpackBody(frame)
  if (typeof name !== 'string') throw new DamagedFrame('it has no name of a segment')
  return name
}

/** What follows the head. */
function unpackBody(frame: Buffer): unknown {
  refuseShort(frame)
  try {
    return packr.unpack(frame.subarray(HEAD_BYTES)) as unknown
  } catch (cause) {
    throw new DamagedFrame('it is no MessagePack', { cause })
  }
}

function refuseShort(frame: Buffer): void {
  if (frame.length < HEAD_BYTES) throw new DamagedFrame(`it has ${frame.length} bytes`)
}

/** @throws {DamagedFrame} */
export function readHead(frame: Buffer): FrameHead {
  refuseShort(frame)
  const [epoch = 0, firstSeq = 0, lastSeq = 0, firstStep = 0, lastStep = 0, rows = 0] = Array.from(
    { length: HEAD_WORDS },
    (_, at) => frame.readUInt32BE(at * 4),
  )
  return { epoch, firstSeq, lastSeq, firstStep, lastStep, rows }
}

/** The cursor of the last row of a frame. */
export function endOfFrame(frame: Buffer): Cursor {
  const { epoch, lastSeq } = readHead(frame)
  return { epoch, seq: lastSeq }
}

/** The head of a frame for some of its rows: those that have what it stores. */
function createHead(
  epoch: number,
  { firstSeq, rows: { length } }: MetricFrame,
  rows: readonly { step: number }[],
): FrameHead {
  const [firstStep = 0, lastStep = 0] = [rows[0]?.step, rows.at(-1)?.step]
  return { epoch, firstSeq, lastSeq: firstSeq + length - 1, firstStep, lastStep, rows: rows.length }
}

function withHead(
  { epoch, firstSeq, lastSeq, firstStep, lastStep, rows }: FrameHead,
  isArchived: boolean,
  body: object | string,
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  const words = [epoch, firstSeq, lastSeq, firstStep, lastStep, rows, Number(isArchived)]
  for (const [at, word] of words.entries()) head.writeUInt32BE(word, at * 4)
  return Buffer.concat([head, packr.pack(body)])
}

function storeColumn({ values, present }: Column): Omit<StoredColumn, 'name'> {
  if (present === undefined) return { values }
  const rows = Array.from(present.keys()).filter((at) => present[at] === 1)
  return { rows, values: Float64Array.from(rows, (at) => values[at] ?? Number.NaN) }
}

function restoreColumn({ rows, values: measured }: StoredColumn, length: number): Column {
  if (rows === undefined) return { values: measured }
  const values = new Float64Array(length)
  const present = new Uint8Array(length)
  for (const [nth, at] of rows.entries()) {
    values[at] = measured[nth] ?? Number.NaN
    present[at] = 1
  }
  return { values, present }
}
