// A batch of a session in JSON, row by row, as the arrays that engines read, step by step.

import type { Problem } from '../job/problem.ts'
import type { Fault } from '../schema/fault.ts'
import { MOST_FAULTS } from '../schema/fit.ts'
import { shown } from '../schema/shown.ts'
import type { ForwardBackwardRequest } from '../wire/session.ts'

/** A batch of N rows and T time steps, as the longest row has. */
export interface SessionBatch {
  /** N. */
  rows: number
  /** T. */
  steps: number
  /** [T,N,X], or [T,N] of ids. */
  inputs: Float32Array | Int32Array
  /** [T,N,K], or [T,N] of classes, without T of many_to_one. NaN, or class -1, where there is none. */
  targets: Float32Array | Int32Array
  /** [N]: time steps of each row. */
  lengths: Int32Array
}

/** What a batch is held against. */
export interface BatchShape {
  problem: Pick<Problem, 'inputs' | 'readout' | 'mode'>
  /** N, at most. */
  rows: number
  /** T, at most. */
  steps: number
}

/** What a cell of a list must be: `width` numbers, or one id below `size`. */
interface Cell {
  width: number
  /** Undefined of numbers. */
  size?: number
  /** Whether null stands for none. */
  isOptional: boolean
}

/** The numbers of a batch, or every fault of it, up to as many as are told. */
export function readBatch(
  { inputs, targets }: Pick<ForwardBackwardRequest, 'inputs' | 'targets'>,
  shape: BatchShape,
): { batch: SessionBatch } | { faults: Fault[] } {
  const faults = new Faults()
  if (inputs.length > shape.rows)
    faults.add('/inputs', `Must have at most ${shape.rows} rows (training.batch_size): it has ${inputs.length}`)
  if (targets.length !== inputs.length)
    faults.add('/targets', `Must have a row for each of the ${inputs.length} rows of inputs: it has ${targets.length}`)
  const lengths = Int32Array.from(inputs, (row, n) => measureRow(row, `/inputs/${n}`, shape.steps, faults))
  if (faults.found.length > 0) return { faults: faults.found }
  const steps = lengths.reduce((most, length) => Math.max(most, length), 1)
  const batch = fillBatch({ inputs, targets }, shape, { rows: inputs.length, steps, lengths }, faults)
  return faults.found.length > 0 ? { faults: faults.found } : { batch }
}

function measureRow(row: unknown, pointer: string, most: number, faults: Faults): number {
  if (Array.isArray(row) && row.length >= 1 && row.length <= most) return row.length
  const got = Array.isArray(row) ? `it has ${row.length}` : `current value is ${shown(row)}`
  faults.add(pointer, `Must be a list of 1 to ${most} time steps (sequence_length): ${got}`)
  return 0
}

function fillBatch(
  { inputs, targets }: { inputs: readonly unknown[]; targets: readonly unknown[] },
  { problem }: BatchShape,
  { rows: N, steps: T, lengths }: { rows: number; steps: number; lengths: Int32Array },
  faults: Faults,
): SessionBatch {
  const { kind, size } = problem.inputs
  const read: Cell = { width: kind === 'vectors' ? size : 1, ...(kind === 'symbols' && { size }), isOptional: false }
  const { readout, mode } = problem
  const isClass = readout.kind === 'softmax'
  const answered: Cell = { width: isClass ? 1 : readout.size, ...(isClass && { size: readout.size }), isOptional: true }
  const outputs = mode === 'many_to_many' ? T : 1
  const x = kind === 'vectors' ? new Float32Array(T * N * read.width) : new Int32Array(T * N)
  const y = isClass
    ? new Int32Array(outputs * N).fill(-1)
    : new Float32Array(outputs * N * answered.width).fill(Number.NaN)
  for (let n = 0; n < N; n++) {
    readSteps(inputs[n] as unknown[], read, { into: x, rows: N, n, pointer: `/inputs/${n}` }, faults)
    const place = { into: y, rows: N, n, pointer: `/targets/${n}` }
    const own = targets[n]
    const length = lengths[n] ?? 0
    if (mode === 'many_to_one') {
      if (!readCell(own, answered, y, n * answered.width)) tellCell(own, answered, place.pointer, faults)
    } else if (Array.isArray(own) && own.length === length) readSteps(own, answered, place, faults)
    else {
      const got = Array.isArray(own) ? `it has ${own.length}` : `current value is ${shown(own)}`
      faults.add(place.pointer, `Must be a list of the ${length} time steps of row ${n}: ${got}`)
    }
  }
  return { rows: N, steps: T, inputs: x, targets: y, lengths }
}

/** The place of row n of `rows`: its cell at time step t is number t * rows + n. */
interface Place {
  into: Float32Array | Int32Array
  rows: number
  n: number
  pointer: string
}

function readSteps(row: readonly unknown[], cell: Cell, { into, rows, n, pointer }: Place, faults: Faults): void {
  for (let t = 0; t < row.length; t++)
    if (!readCell(row[t], cell, into, (t * rows + n) * cell.width)) tellCell(row[t], cell, `${pointer}/${t}`, faults)
}

/** Reads one cell; null leaves what is there where the cell is optional. @returns whether it is one */
function readCell(
  value: unknown,
  { width, size, isOptional }: Cell,
  into: Float32Array | Int32Array,
  at: number,
): boolean {
  if (value === null) return isOptional
  if (width === 1 && !Array.isArray(value)) return readNumber(value, size, into, at)
  if (!Array.isArray(value) || value.length !== width || size !== undefined) return false
  let isRead = true
  for (let k = 0; k < width; k++)
    if (value[k] !== null || !isOptional) isRead = readNumber(value[k], size, into, at + k) && isRead
  return isRead
}

/** Reads a number that float32 holds, or an id below `size`. @returns whether it is one */
function readNumber(value: unknown, size: number | undefined, into: Float32Array | Int32Array, at: number): boolean {
  if (!isNumber(value, size)) return false
  into[at] = value
  return true
}

/** Says what is at fault in a cell that could not be read. */
function tellCell(value: unknown, { width, size, isOptional }: Cell, pointer: string, faults: Faults): void {
  const isList = Array.isArray(value) && value.length === width && size === undefined
  if (!isList) {
    const wanted = width === 1 || size !== undefined ? describe(size) : `a list of ${width} numbers`
    faults.add(pointer, `Must be ${wanted}: current value is ${shown(value)}`, value)
    return
  }
  for (const [k, number] of (value as unknown[]).entries()) {
    if ((number === null && isOptional) || isNumber(number, size)) continue
    faults.add(`${pointer}/${k}`, `Must be ${describe(size)}: current value is ${shown(number)}`, number)
  }
}

/** Whether a value is a number that float32 holds, or an id below `size`. */
function isNumber(value: unknown, size: number | undefined): value is number {
  if (typeof value !== 'number') return false
  return size === undefined
    ? Number.isFinite(Math.fround(value))
    : Number.isInteger(value) && value >= 0 && value < size
}

function describe(size: number | undefined): string {
  return size === undefined ? 'a number that float32 holds' : `an integer from 0 to ${size - 1}`
}

class Faults {
  readonly found: Fault[] = []

  add(pointer: string, detail: string, value?: unknown): void {
    if (this.found.length < MOST_FAULTS) this.found.push({ pointer, detail, ...(value !== undefined && { value }) })
  }
}
