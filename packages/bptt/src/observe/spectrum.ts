/** Finite-time Lyapunov exponents of one layer's recurrence. */
export interface Spectrum {
  /** Of the layer, such as `layers.0`. */
  readonly name: string
  /** Means over rows and steps, in nats a time step, in the order in which QR finds them, the largest first. -Infinity where a direction ends. */
  readonly exponents: readonly number[]
}
