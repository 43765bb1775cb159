// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.

import type { LayerFlow } from '@unroll/contract'
import { findBucket, type Grid } from './grid.ts'

export const FLOW_STATES = ['h', 'c', 'probe'] as const
export type FlowState = (typeof FLOW_STATES)[number]

/**
 * One state over the buckets of time steps: the minimum and the maximum finite log₁₀ norm, and the counts of exact
 * zeros, Inf and NaN.
 */
export interface FlowColumn {
  /** Infinity without a finite value. */
  min: Float32Array
  /** -Infinity without a finite value. */
  max: Float32Array
  zero: Uint32Array
  infinity: Uint32Array
  nan: Uint32Array
}

/** The observed states of a bucket of training steps. */
export type FlowColumns = Partial<Record<FlowState, FlowColumn>>

/**
 * The flow of one layer in buckets of training steps and time steps. For all widths, each value is in one bucket, and
 * the extremes of a bucket are those of its values.
 */
export class FlowTile {
  /** Training steps of a bucket. */
  readonly width: number
  /** Buckets of time steps. */
  readonly lines: Grid
  /** By bucket of training steps, oldest first; buckets without a row are left out. */
  readonly columns: Map<number, FlowColumns> = new Map()

  constructor(width: number, lines: Grid) {
    this.width = width
    this.lines = lines
  }

  /**
   * Adds a row that is not older than any in the tile.
   *
   * @param window time steps of a full window: shorter rows lack its first ones
   */
  add(step: number, flow: LayerFlow, window: number): void {
    const columns = this.#ensureColumns(findBucket(step, this.width))
    for (const state of FLOW_STATES) {
      const norms = flow[state]
      if (norms === undefined) continue
      columns[state] ??= emptyColumn(this.lines.count)
      addNorms(columns[state], norms, { before: window - norms.length, lines: this.lines })
    }
  }

  /**
   * Adds the buckets of a tile of the same layer, none wider and none older than those here; buckets outside the lines
   * are skipped.
   */
  merge(bucket: number, narrow: FlowColumns, of: Pick<FlowTile, 'width' | 'lines'>): void {
    const columns = this.#ensureColumns(Math.floor((bucket * of.width) / this.width))
    for (const state of FLOW_STATES) {
      const column = narrow[state]
      if (column === undefined) continue
      columns[state] ??= emptyColumn(this.lines.count)
      mergeColumn(columns[state], this.lines, column, of.lines)
    }
  }

  #ensureColumns(bucket: number): FlowColumns {
    const columns = this.columns.get(bucket) ?? {}
    this.columns.set(bucket, columns)
    return columns
  }
}

export function emptyColumn(lines: number): FlowColumn {
  return {
    min: new Float32Array(lines).fill(Infinity),
    max: new Float32Array(lines).fill(-Infinity),
    zero: new Uint32Array(lines),
    infinity: new Uint32Array(lines),
    nan: new Uint32Array(lines),
  }
}

/** @param before time steps of the window that `norms` lack */
function addNorms(
  { min, max, zero, infinity, nan }: FlowColumn,
  norms: Float32Array | Float64Array,
  { before, lines: { width, first, count } }: { before: number; lines: Grid },
): void {
  const end = Math.min(norms.length, (first + count) * width - before)
  for (let at = Math.max(0, first * width - before); at < end; at++) {
    const value = norms[at]!
    const line = Math.floor((before + at) / width) - first
    if (value === -Infinity) zero[line]! += 1
    else if (value === Infinity) infinity[line]! += 1
    else if (Number.isNaN(value)) nan[line]! += 1
    else {
      if (value < min[line]!) min[line] = value
      if (value > max[line]!) max[line] = value
    }
  }
}

function mergeColumn(wide: FlowColumn, to: Grid, narrow: FlowColumn, from: Grid): void {
  for (let at = 0; at < from.count; at++) {
    const line = Math.floor(((from.first + at) * from.width) / to.width) - to.first
    if (line < 0 || line >= to.count) continue
    wide.min[line] = Math.min(wide.min[line]!, narrow.min[at]!)
    wide.max[line] = Math.max(wide.max[line]!, narrow.max[at]!)
    for (const name of ['zero', 'infinity', 'nan'] as const) wide[name][line]! += narrow[name][at]!
  }
}
