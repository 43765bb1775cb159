// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { capacityFor, countUpTo, grown } from './columns.ts'

/** Stands for "not measured" among log₁₀ norms, which no norm of a float comes near. NaN and ±Infinity are data. */
export const MISSING: number = Math.fround(3e38)

export type FlowState = 'h' | 'c'

/** What one poll of the flow brings: rows of T values, one row a step. */
export interface FlowPage {
  readonly steps: readonly number[]
  readonly timesteps: readonly number[]
  readonly log10_norm: readonly (readonly (number | null)[])[]
  readonly cell_state?: readonly (readonly (number | null)[])[]
}

/** A picture of the flow: `values[row * timesteps + t - 1]` is log₁₀‖∂L/∂h_t‖ at training step `steps[row]`. */
export interface FlowGrid {
  readonly steps: Float64Array
  readonly timesteps: number
  readonly values: Float32Array
}

const FIRST_ROWS = 256

/** Total flow of one layer as it arrives, in typed arrays that double when full. */
export class FlowRows {
  #length = 0
  #timesteps = 0
  #steps: Float64Array = new Float64Array(FIRST_ROWS)
  #values: Record<FlowState, Float32Array> = { h: new Float32Array(0), c: new Float32Array(0) }
  #hasCellState = false

  get length(): number {
    return this.#length
  }

  /** True where the cell has a memory cell, so that the state `c` can be asked for. */
  get hasCellState(): boolean {
    return this.#hasCellState
  }

  /** The rows of the hidden state `h` or the memory cell `c`. */
  grid(state: FlowState): FlowGrid {
    return {
      steps: this.#steps.subarray(0, this.#length),
      timesteps: this.#timesteps,
      values: this.#values[state].subarray(0, this.#length * this.#timesteps),
    }
  }

  /** Adds rows. A step not beyond the last is left out; another number of time steps starts over. */
  append({ steps, timesteps, log10_norm: hidden, cell_state: cell }: FlowPage): void {
    if (timesteps.length !== this.#timesteps) this.#restart(timesteps.length)
    this.#hasCellState ||= cell !== undefined
    this.#reserve(this.#length + steps.length)
    for (const [row, step] of steps.entries()) {
      if (this.#length > 0 && step <= this.#steps[this.#length - 1]!) continue
      this.#steps[this.#length] = step
      this.#write(this.#values.h, hidden[row])
      this.#write(this.#values.c, cell?.[row])
      this.#length += 1
    }
  }

  /** Drops the rows beyond `step`: a resumed run writes them anew. */
  truncate(step: number): void {
    this.#length = countUpTo(this.#steps.subarray(0, this.#length), step)
  }

  #restart(timesteps: number): void {
    this.#length = 0
    this.#timesteps = timesteps
    this.#values = {
      h: new Float32Array(this.#steps.length * timesteps),
      c: new Float32Array(this.#steps.length * timesteps),
    }
  }

  #reserve(rows: number): void {
    const capacity = capacityFor(rows, this.#steps.length)
    if (capacity === this.#steps.length) return
    this.#steps = grown(this.#steps, new Float64Array(capacity))
    this.#values = {
      h: grown(this.#values.h, new Float32Array(capacity * this.#timesteps)),
      c: grown(this.#values.c, new Float32Array(capacity * this.#timesteps)),
    }
  }

  #write(target: Float32Array, row: readonly (number | null)[] | undefined): void {
    const start = this.#length * this.#timesteps
    for (let t = 0; t < this.#timesteps; t += 1) target[start + t] = row?.[t] ?? MISSING
  }
}
