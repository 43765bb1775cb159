// What users of the runtime see. This file imports nothing, so that the package needs nothing.

/** The states of all layers, each direction one of its own, by name, such as `0.h` and `0.c`: [rows, H] each. */
export type State = Readonly<Record<string, Float32Array>>

/** What a model is and reads, as its file says. */
export interface ModelFacts {
  /** Such as `lstm`. */
  readonly cell: string
  /** H of each layer, from the lowest; of a bidirectional network of each direction, forward before backward. */
  readonly hiddenSizes: readonly number[]
  /** Whether it reads sequences in both directions, and so whole: without a state from call to call. */
  readonly bidirectional: boolean
  /** Vectors of so many numbers at each step, or symbols: whole numbers below `size`. */
  readonly inputs: { readonly kind: 'vectors' | 'symbols'; readonly size: number }
  /** What the outputs are before: `softmax` and `sigmoid` are not applied. */
  readonly readout: { readonly kind: 'softmax' | 'sigmoid' | 'identity'; readonly size: number }
  /** Whether there are outputs at every step, or at the last alone. */
  readonly mode: 'many_to_many' | 'many_to_one'
  /** The texts of the file, such as `unroll.data`: vocabulary, classes and scales, as JSON. */
  readonly texts: Readonly<Record<string, string>>
}

export interface RunOptions {
  /** Sequences side by side, of equal length. @default 1 */
  readonly rows?: number
  /** What the sequences go on from; left out of a bidirectional network, which reads a sequence whole. @default the initial state of the network: zeros, or what was learned */
  readonly state?: State | undefined
}

export interface RunResult {
  /** `[steps, rows, size of the read-out]`, or `[rows, size]` where outputs are at the last step alone. */
  readonly outputs: Float32Array
  /** After the last step: `state` of a call that goes on. */
  readonly state: State
}

/** A network that is ready to run. */
export interface Model {
  readonly facts: ModelFacts
  /**
   * Runs sequences through the network.
   *
   * @param inputs `[steps, rows, size]` of vectors, `[steps, rows]` of symbols
   * @throws {RangeError} when inputs or state do not fit the network
   */
  run(inputs: ArrayLike<number>, options?: RunOptions): RunResult
}
