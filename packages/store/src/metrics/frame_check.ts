// What a frame has behind its head. Workers write frames; a frame that is none is told, whoever reads it.

import { isRecord, type LayerFlow } from '@unroll/contract'

/** The error for bytes of Redis that are no frame. */
export class DamagedFrame extends Error {
  override readonly name = 'DamagedFrame'

  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot read a frame of metrics as ${why}`, options)
  }
}

/** A column in its stored form: the indices of the rows with a value; absent if all have one. */
export interface StoredColumn {
  name: string
  rows?: number[]
  values: Float64Array
}

export interface Scalars {
  steps: number[]
  columns: StoredColumn[]
}

export type Flow = { seq: number; step: number; flow: LayerFlow[] }[]

/** @throws {DamagedFrame} */
export function checkScalars(body: unknown): Scalars {
  if (!isRecord(body) || !isNumbers(body['steps']) || !Array.isArray(body['columns']))
    throw new DamagedFrame('it has no steps and columns')
  const { length } = body['steps']
  if (!body['columns'].every((column) => isColumn(column, length))) throw new DamagedFrame('a column is none')
  return body as unknown as Scalars
}

/** @throws {DamagedFrame} */
export function checkFlow(body: unknown): Flow {
  if (!Array.isArray(body) || !body.every(isFlowRow)) throw new DamagedFrame('it has no rows of flow')
  return body as Flow
}

function isColumn(column: unknown, length: number): boolean {
  if (!isRecord(column)) return false
  const { name, rows, values } = column
  if (typeof name !== 'string' || !(values instanceof Float64Array)) return false
  if (rows === undefined) return values.length === length
  return (
    isNumbers(rows) &&
    rows.length === values.length &&
    rows.every((row) => Number.isInteger(row) && row >= 0 && row < length)
  )
}

function isFlowRow(row: unknown): boolean {
  if (!isRecord(row)) return false
  const { seq, step, flow } = row
  return typeof seq === 'number' && typeof step === 'number' && Array.isArray(flow) && flow.every(isLayer)
}

function isLayer(layer: unknown): boolean {
  if (!isRecord(layer)) return false
  return Object.entries(layer).every(
    ([name, values]) => values instanceof Float32Array || (name === 'probe' && values instanceof Float64Array),
  )
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number')
}
