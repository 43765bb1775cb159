// Where a matrix of a step lies: in a slot of the program, at strides.

import type { Matrix } from './value.ts'

/** In the order of `Place` in scan_program.h. */
export const PLACES = ['scratch', 'fixed', 'series', 'kept', 'carry', 'numbers'] as const

/** Memory of one matrix, or of one a step. */
export interface Slot {
  readonly place: (typeof PLACES)[number]
  /** Of the input, or for `kept` of the output. */
  readonly index: number
  /** carry: of the output. */
  readonly output: number
  readonly rows: number
  readonly columns: number
}

/** Element (r, c) is at offset + r·rowStride + c·columnStride of the slot. */
export interface Location {
  readonly slot: number
  readonly offset: number
  readonly rowStride: number
  readonly columnStride: number
}

/** Of an operand that an instruction does not have. */
export const NOWHERE: Location = { slot: -1, offset: 0, rowStride: 0, columnStride: 0 }
/** The slot of all numbers that are known when the graph is written. */
export const NUMBERS = 0

export function view({ slot, offset, rowStride, columnStride }: Location): number[] {
  return [slot, offset, rowStride, columnStride]
}

/** A matrix read as one of the given size: one row or column is repeated. */
export function broadcast(at: Location, from: Matrix, to: Matrix): Location {
  return {
    ...at,
    rowStride: from.rows === 1 && to.rows > 1 ? 0 : at.rowStride,
    columnStride: from.columns === 1 && to.columns > 1 ? 0 : at.columnStride,
  }
}
