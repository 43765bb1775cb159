// The parts of an inspected update, as tensors of any kind and as numbers.

/** What a layer goes through in one update, each [T,NH], the first time step of the sequence first. */
export interface InspectedLayer<X> {
  /** States after each step, by name. */
  readonly states: X
  /** Logistic gates, by letter. */
  readonly gates: X
  /** ∂L/∂s_t of each state s, all ways together, by name. */
  readonly stateGradients: X
  /** ∂L/∂a_t of the pre-activation a of each gate and candidate, by letter. */
  readonly gateGradients: X
}

/** An inspection on the host. */
export interface InspectedStep {
  readonly loss: number
  readonly layers: readonly InspectedLayer<Readonly<Record<string, Float32Array | Float64Array>>>[]
}

const PARTS = ['states', 'gates', 'stateGradients', 'gateGradients'] as const

/** The same of each part of what is inspected of a layer. */
export function mapLayer<Made>(make: (part: keyof InspectedLayer<unknown>) => Made): InspectedLayer<Made> {
  return Object.fromEntries(PARTS.map((part) => [part, make(part)])) as unknown as InspectedLayer<Made>
}
