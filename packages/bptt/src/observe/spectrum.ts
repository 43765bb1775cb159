/** Finite-time Lyapunov exponents of one layer's recurrence. */
export interface Spectrum {
  /** Of the layer, such as `layers.0`. */
  readonly name: string
  /** Means over rows and steps, in nats a time step, the largest first: of the rows in which the direction does not end; -Infinity where it ends in all. */
  readonly exponents: readonly number[]
  /** For each exponent, the share of the rows in which its direction ends in an exact zero. */
  readonly ended: readonly number[]
}
