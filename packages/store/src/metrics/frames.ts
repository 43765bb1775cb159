import type { Cursor, LayerFlow, MetricFrame, MetricRow } from '@unroll/contract'
import { Packr } from 'msgpackr'

/*
 * Rows of metrics as bytes: a head of seven 32-bit numbers, big end first (epoch, first and last sequence number, first
 * and last step, rows, 1 when the rows have left Redis), which scripts read (lua/includes/frames.lua), then MessagePack:
 * the rows, or the name of the segment that has them. Values are columns of doubles, so that NaN, both infinities and -0
 * come back bit for bit.
 */

const HEAD_WORDS = 7
const HEAD_BYTES = HEAD_WORDS * 4

const packr = new Packr({ moreTypes: true, useRecords: false })

interface Column {
  name: string
  /** Indices of the rows that have a value; left out when all have one. */
  rows?: number[]
  values: Float64Array
}

interface Scalars {
  steps: number[]
  columns: Column[]
}

type Flow = { seq: number; step: number; flow: LayerFlow[] }[]

/** A row read back, with its place in the run. */
export interface Placed<Row> {
  at: Cursor
  row: Row
}

/** Total flow of every layer at one step. */
export interface FlowRow {
  step: number
  flow: LayerFlow[]
}

/** What a frame stands for: rows of one epoch, in order. */
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
  const lastSeq = firstSeq + rows.length - 1
  return encode(epoch, firstSeq, lastSeq, rows, {
    steps: rows.map(({ step }) => step),
    columns: columnsOf(rows),
  } satisfies Scalars)
}

/** The flow of a frame, or undefined where it has none. */
export function encodeFlow(epoch: number, { firstSeq, rows }: MetricFrame): Buffer | undefined {
  const flow: Flow = rows.flatMap((row, at) =>
    row.flow === undefined ? [] : [{ seq: firstSeq + at, step: row.step, flow: row.flow }],
  )
  const lastSeq = firstSeq + rows.length - 1
  return flow.length === 0 ? undefined : encode(epoch, firstSeq, lastSeq, flow, flow)
}

export function decodeScalars(frame: Buffer): Placed<MetricRow>[] {
  const { steps, columns } = packr.unpack(frame.subarray(HEAD_BYTES)) as Scalars
  const epoch = frame.readUInt32BE(0)
  const firstSeq = frame.readUInt32BE(4)
  const rows = steps.map((step, at): Placed<MetricRow> => ({
    at: { epoch, seq: firstSeq + at },
    row: { step, series: {} },
  }))
  for (const column of columns) {
    for (const [nth, value] of column.values.entries()) {
      const placed = rows[column.rows?.[nth] ?? nth]
      if (placed !== undefined) placed.row.series[column.name] = value
    }
  }
  return rows
}

export function decodeFlow(frame: Buffer): Placed<FlowRow>[] {
  const epoch = frame.readUInt32BE(0)
  return (packr.unpack(frame.subarray(HEAD_BYTES)) as Flow).map(({ seq, step, flow }) => ({
    at: { epoch, seq },
    row: { step, flow },
  }))
}

/** A frame whose rows have left Redis for the segment `name`. */
export function encodeReference(head: FrameHead, name: string): Buffer {
  return withHead(head, true, name)
}

/** The name of the segment that has the rows of a frame; undefined when it holds them itself. */
export function segmentOf(frame: Buffer): string | undefined {
  return frame.readUInt32BE(24) === 1 ? (packr.unpack(frame.subarray(HEAD_BYTES)) as string) : undefined
}

export function headOf(frame: Buffer): FrameHead {
  const [epoch = 0, firstSeq = 0, lastSeq = 0, firstStep = 0, lastStep = 0, rows = 0] = Array.from(
    { length: HEAD_WORDS },
    (_, at) => frame.readUInt32BE(at * 4),
  )
  return { epoch, firstSeq, lastSeq, firstStep, lastStep, rows }
}

/** The place of the last row that a frame stands for. */
export function endOfFrame(frame: Buffer): Cursor {
  const { epoch, lastSeq } = headOf(frame)
  return { epoch, seq: lastSeq }
}

function encode(
  epoch: number,
  firstSeq: number,
  lastSeq: number,
  rows: readonly { step: number }[],
  body: object,
): Buffer {
  const firstStep = rows[0]?.step ?? 0
  const lastStep = rows.at(-1)?.step ?? 0
  return withHead({ epoch, firstSeq, lastSeq, firstStep, lastStep, rows: rows.length }, false, body)
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

function columnsOf(rows: readonly MetricRow[]): Column[] {
  const columns = new Map<string, { rows: number[]; values: number[] }>()
  for (const [at, { series }] of rows.entries()) {
    for (const name of Object.keys(series)) {
      let column = columns.get(name)
      if (column === undefined) columns.set(name, (column = { rows: [], values: [] }))
      column.rows.push(at)
      column.values.push(series[name] ?? Number.NaN)
    }
  }
  return Array.from(columns, ([name, { rows: measured, values }]) => ({
    name,
    ...(measured.length < rows.length && { rows: measured }),
    values: Float64Array.from(values),
  }))
}
