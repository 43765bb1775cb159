import type { LayerState } from '@unroll/contract'
import type { Sequences } from './sequences.ts'

/** The states of one row before its first step, [H] each, by layer and name. */
export type RowStart = Readonly<Record<string, Float32Array>>

/** Reads the states that sequences begin from. */
export class StartReader {
  readonly states: readonly LayerState[]
  readonly #numbers: Float64Array
  readonly #width: number

  /** @param field has the states of a sequence side by side */
  constructor(sequences: Sequences, { name, width }: { name: string; width: number }, states: readonly LayerState[]) {
    this.states = states
    this.#numbers = sequences.numbers(name)
    this.#width = width
  }

  read(sequence: number): RowStart {
    return cutStart(this.#numbers.subarray(sequence * this.#width, (sequence + 1) * this.#width), this.states)
  }
}

/** States that lie side by side, one by one. */
export function cutStart(numbers: ArrayLike<number>, states: readonly LayerState[]): RowStart {
  const all = Float32Array.from(numbers)
  let at = 0
  return Object.fromEntries(states.map(({ name, size }) => [name, all.slice(at, (at += size))]))
}
