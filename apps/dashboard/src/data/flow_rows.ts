// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { FlowNorms, FlowPage, FlowTile, Measured } from '@unroll/client'
import { capacityFor, grown } from './columns.ts'

/** The value of an unmeasured log₁₀ norm, far from every norm of a float. NaN and ±Infinity are data. */
export const MISSING: number = Math.fround(3e38)

/** Total flow of the hidden state or the memory cell, or the probe flow: of the loss of the last time step alone. */
export type FlowState = 'h' | 'c' | 'probe'

const STATES: readonly FlowState[] = ['h', 'c', 'probe']

/** The layer, and the time steps unless all. */
export interface FlowView {
  readonly layer: number
  readonly from_timestep?: number
  readonly to_timestep?: number
}

/** Time steps from `from` on, in `count` lines of `width` time steps. */
export interface FlowLines {
  readonly from: number
  readonly width: number
  readonly count: number
}

/** The number of non-finite values in all rows. */
export interface FlowCounts {
  nan: number
  infinity: number
  zero: number
}

/**
 * A picture of the flow: `values[row * lines.count + line]` is log₁₀‖∂L/∂h_t‖. For a bucket it is the most important
 * value: NaN, then +Infinity, then the largest; -Infinity only when all norms are exact zeros.
 */
export interface FlowGrid {
  /** The middle of the training steps of each row. */
  readonly steps: Float64Array
  /** Training steps of each row. */
  readonly spans: Float64Array
  readonly lines: FlowLines
  readonly values: Float32Array
  readonly counts: FlowCounts
}

const FIRST_ROWS = 256
const NO_LINES: FlowLines = { from: 1, width: 1, count: 0 }
const NAMES = { h: 'log10_norm', c: 'cell_state', probe: 'probe' } as const

type States = Record<FlowState, Float32Array>

/** Total flow of one layer as it arrives, rows and buckets, in typed arrays that double when full. */
export class FlowRows {
  #length = 0
  #tail = 0
  #lines = NO_LINES
  #steps: Float64Array = new Float64Array(FIRST_ROWS)
  #spans: Float64Array = new Float64Array(FIRST_ROWS)
  #values: States = perState(() => new Float32Array(0))
  #counts = perState(noCounts)

  get length(): number {
    return this.#length
  }

  /** Number of rows since the last restart. */
  get tail(): number {
    return this.#tail
  }

  /** The newest training step, or 0 when there is none. */
  get lastStep(): number {
    const row = this.#length - 1
    return row < 0 ? 0 : this.#steps[row]! + (this.#spans[row]! - 1) / 2
  }

  /** Whether every row is a single step and every line a single time step. */
  get isWhole(): boolean {
    return this.#lines.width === 1 && this.#spans.subarray(0, this.#length).every((span) => span === 1)
  }

  /** The rows of a state: those in which it was not observed are MISSING. */
  grid(state: FlowState): FlowGrid {
    return {
      steps: this.#steps.subarray(0, this.#length),
      spans: this.#spans.subarray(0, this.#length),
      lines: this.#lines,
      values: this.#values[state].subarray(0, this.#length * this.#lines.count),
      counts: this.#counts[state],
    }
  }

  /** Restarts with the rows of a page. */
  show(page: FlowPage | FlowTile): void {
    const { timesteps } = page
    const width = 'bucket_steps' in page ? page.bucket_timesteps : 1
    this.#lines = { from: timesteps[0] ?? 1, width, count: timesteps.length }
    this.#length = 0
    this.#counts = perState(noCounts)
    const size = this.#steps.length * timesteps.length
    this.#values = perState(() => new Float32Array(size))
    this.append(page)
    this.#tail = 0
  }

  /** Adds rows of the same lines. A row not beyond the last is skipped. */
  append(page: FlowPage | FlowTile): void {
    this.#reserve(this.#length + page.steps.length)
    for (const [row, first] of page.steps.entries()) {
      const span = 'bucket_steps' in page ? Math.min(page.bucket_steps, page.last_step - first + 1) : 1
      const middle = first + (span - 1) / 2
      if (this.#length > 0 && middle <= this.#steps[this.#length - 1]!) continue
      this.#steps[this.#length] = middle
      this.#spans[this.#length] = span
      for (const state of STATES) {
        if ('bucket_steps' in page) this.#writeBuckets(state, page[NAMES[state]], row)
        else this.#writeRow(state, page[NAMES[state]]?.[row])
      }
      this.#length += 1
      this.#tail += 1
    }
  }

  #reserve(rows: number): void {
    const capacity = capacityFor(rows, this.#steps.length)
    if (capacity === this.#steps.length) return
    this.#steps = grown(this.#steps, new Float64Array(capacity))
    this.#spans = grown(this.#spans, new Float64Array(capacity))
    const size = capacity * this.#lines.count
    this.#values = perState((state) => grown(this.#values[state], new Float32Array(size)))
  }

  #writeRow(state: FlowState, row: readonly Measured[] | undefined): void {
    const { count } = this.#lines
    const counts = this.#counts[state]
    for (let line = 0; line < count; line += 1) {
      const value = row?.[line] ?? MISSING
      this.#values[state][this.#length * count + line] = value
      if (Number.isNaN(value)) counts.nan += 1
      if (value === Infinity) counts.infinity += 1
      if (value === -Infinity) counts.zero += 1
    }
  }

  #writeBuckets(state: FlowState, norms: FlowNorms | undefined, row: number): void {
    const { count } = this.#lines
    const counts = this.#counts[state]
    for (let line = 0; line < count; line += 1) {
      const [nan, infinity, zero] = [norms?.nan, norms?.infinity, norms?.zero].map((all) => all?.[row]?.[line] ?? 0)
      const greatest = norms?.max[row]?.[line] ?? (zero! > 0 ? -Infinity : MISSING)
      this.#values[state][this.#length * count + line] = nan! > 0 ? Number.NaN : infinity! > 0 ? Infinity : greatest
      counts.nan += nan!
      counts.infinity += infinity!
      counts.zero += zero!
    }
  }
}

function noCounts(): FlowCounts {
  return { nan: 0, infinity: 0, zero: 0 }
}

function perState<Value>(make: (state: FlowState) => Value): Record<FlowState, Value> {
  return { h: make('h'), c: make('c'), probe: make('probe') }
}

/** The counts of several grids together. */
export function addCounts(all: readonly FlowCounts[]): FlowCounts {
  const sum = { nan: 0, infinity: 0, zero: 0 }
  for (const { nan, infinity, zero } of all) {
    sum.nan += nan
    sum.infinity += infinity
    sum.zero += zero
  }
  return sum
}
