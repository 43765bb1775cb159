// Rows of metrics in the Arrow IPC stream format: any Arrow library reads a segment or a response directly.

import type { LayerFlow } from '@unroll/contract'
import type { Column, FlowBlock, ScalarBlock } from '@unroll/store'
import {
  Field,
  Float32,
  Float64,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint32,
  makeData,
  tableFromIPC,
  tableToIPC,
  type Data,
} from 'apache-arrow'

/** A column of a table: whole numbers, or float64 with absent values. */
export interface TableColumn extends Pick<Column, 'present'> {
  name: string
  /** In a separate buffer: Arrow writes a column wrongly that follows another one in a shared buffer. */
  values: Uint32Array | Float64Array
}

interface Part {
  name: string
  data: Data
  isNullable: boolean
}

const STATES = ['h', 'c', 'probe', 'rounded', 'matrix', 'sources'] as const

type Norms = Float32Array | Float64Array

/** Columns `seq`, `step` and one for each series: a float64, null if not measured. */
export function encodeScalarSegment({ epoch, seqs, steps, columns }: ScalarBlock): Uint8Array {
  const parts = [
    plain('seq', makeData({ type: new Uint32(), data: seqs })),
    plain('step', makeData({ type: new Uint32(), data: Uint32Array.from(steps) })),
    ...Array.from(columns, ([name, column]) => seriesPart(name, column)),
  ]
  return encode(parts, steps.length, new Map([['epoch', String(epoch)]]))
}

/** Columns of equal length, as in a response. */
export function encodeTable(columns: readonly TableColumn[]): Uint8Array {
  const parts = columns.map(({ name, values, ...rest }) =>
    values instanceof Float64Array
      ? seriesPart(name, { values, ...rest })
      : plain(name, makeData({ type: new Uint32(), data: values })),
  )
  return encode(parts, columns[0]?.values.length ?? 0)
}

export function decodeScalarSegment(bytes: Uint8Array): ScalarBlock {
  const table = tableFromIPC(bytes)
  const columns = new Map<string, Column>()
  for (const { name } of table.schema.fields) {
    const data = table.getChild(name)?.data[0]
    if (data !== undefined && name !== 'seq' && name !== 'step') columns.set(name, readColumn(data))
  }
  return {
    epoch: readEpoch(table),
    seqs: readIntegers(table, 'seq'),
    steps: Float64Array.from(readIntegers(table, 'step')),
    columns,
  }
}

/** Columns `seq`, `step` and, for each layer and state, one such as `0.h`: a list of float32, of `probe` of float64, null if not observed. */
export function encodeFlowSegment({ epoch, seqs, steps, flow }: FlowBlock): Uint8Array {
  const layers = Math.max(0, ...flow.map(({ length }) => length))
  const names = Array.from({ length: layers }, (_, layer) => STATES.map((state) => ({ layer, state }))).flat()
  const lists = names.map(({ layer, state }) =>
    listPart(
      `${layer}.${state}`,
      flow.map((row) => row[layer]?.[state]),
    ),
  )
  const parts = [
    plain('seq', makeData({ type: new Uint32(), data: seqs })),
    plain('step', makeData({ type: new Uint32(), data: Uint32Array.from(steps) })),
    ...lists.filter((list) => list !== undefined),
  ]
  return encode(parts, steps.length, new Map([['epoch', String(epoch)]]))
}

export function decodeFlowSegment(bytes: Uint8Array): FlowBlock {
  const table = tableFromIPC(bytes)
  const steps = Float64Array.from(readIntegers(table, 'step'))
  const rows: LayerFlow[][] = Array.from(steps, () => [])
  for (const { name } of table.schema.fields) {
    const [layer, state] = name.split('.')
    const data = table.getChild(name)?.data[0]
    if (data === undefined || state === undefined) continue
    for (const [at, row] of rows.entries()) {
      if (!data.getValid(at)) continue
      const flow = (row[Number(layer)] ??= { h: new Float32Array() })
      Object.assign(flow, { [state]: listAt(data, at) } satisfies Partial<Record<string, Norms>>)
    }
  }
  return { epoch: readEpoch(table), seqs: readIntegers(table, 'seq'), steps, flow: rows }
}

function encode(parts: readonly Part[], rows: number, about?: Map<string, string>): Uint8Array {
  const fields = parts.map(({ name, data, isNullable }) => new Field(name, data.type, isNullable))
  const schema = new Schema(fields, about)
  const struct = makeData({
    type: new Struct(fields),
    length: rows,
    nullCount: 0,
    children: parts.map(({ data }) => data),
  })
  return tableToIPC(new Table(schema, [new RecordBatch(schema, struct)]), 'stream')
}

function plain(name: string, data: Data): Part {
  return { name, data, isNullable: false }
}

function seriesPart(name: string, { values, present }: Column): Part {
  const validity = present === undefined ? {} : { nullBitmap: packBits(present), nullCount: countZeroes(present) }
  return { name, data: makeData({ type: new Float64(), data: values, ...validity }), isNullable: present !== undefined }
}

function listPart(name: string, lists: readonly (Norms | undefined)[]): Part | undefined {
  if (lists.every((list) => list === undefined)) return undefined
  const offsets = new Int32Array(lists.length + 1)
  for (const [at, list] of lists.entries()) offsets[at + 1] = (offsets[at] ?? 0) + (list?.length ?? 0)
  const isDouble = lists.some((list) => list instanceof Float64Array)
  const all = new (isDouble ? Float64Array : Float32Array)(offsets.at(-1) ?? 0)
  const type = isDouble ? new Float64() : new Float32()
  for (const [at, list] of lists.entries()) if (list !== undefined) all.set(list, offsets[at] ?? 0)
  const present = Uint8Array.from(lists, (list) => Number(list !== undefined))
  const data = makeData({
    type: new List(new Field('item', type, false)),
    length: lists.length,
    nullBitmap: packBits(present),
    nullCount: countZeroes(present),
    valueOffsets: offsets,
    child: makeData({ type, data: all }),
  })
  return { name, data, isNullable: true }
}

function readEpoch(table: Table): number {
  return Number(table.schema.metadata.get('epoch') ?? 0)
}

/** The numbers of a column; buffers are padded beyond its length. */
function readIntegers(table: Table, name: string): Uint32Array {
  const data = table.getChild(name)?.data[0]
  return data === undefined ? new Uint32Array() : (data.values as Uint32Array).subarray(0, data.length)
}

function readColumn(data: Data): Column {
  const values = (data.values as Float64Array).subarray(0, data.length)
  if (data.nullCount === 0) return { values }
  return { values, present: Uint8Array.from({ length: data.length }, (_, at) => Number(data.getValid(at))) }
}

function listAt(data: Data, at: number): Norms {
  const all = data.children[0]?.values as Norms | undefined
  return all?.slice(data.valueOffsets[at], data.valueOffsets[at + 1]) ?? new Float32Array()
}

/** One bit a row, the lowest first. */
function packBits(present: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(present.length / 8))
  for (const [at, is] of present.entries()) bits[at >> 3] = (bits[at >> 3] ?? 0) | (is << (at & 7))
  return bits
}

function countZeroes(present: Uint8Array): number {
  return present.reduce((zeroes, is) => zeroes + 1 - is, 0)
}
