import type { Sampler } from './sampler.ts'

const START = 0
const END = 1
const DISTRACTORS = 4
const FIRST_DISTRACTOR = 2
const FIRST_CARRIER = FIRST_DISTRACTOR + DISTRACTORS // X, then Y

/**
 * The ranges of the symbols that define the class, as shares of T: early, so that the class must be remembered to the
 * end.
 */
const PLACES: Record<number, readonly [number, number][]> = {
  2: [
    [0.1, 0.2],
    [0.5, 0.6],
  ],
  3: [
    [0.1, 0.2],
    [0.33, 0.43],
    [0.66, 0.76],
  ],
}

/**
 * Temporal order (Hochreiter and Schmidhuber 1997, experiments 6a and 6b; places as in Pascanu et al. 2013).
 *
 * Start and end symbols, distractors, and two or three symbols out of {X, Y} whose order is the class.
 */
export const temporalOrder: Sampler<'temporal_order'> = ({ symbols }, T, random) => {
  const inputs = Array.from({ length: T }, () => FIRST_DISTRACTOR + random.integer(DISTRACTORS))
  inputs[0] = START
  inputs[T - 1] = END
  let label = 0
  for (const [from, to] of PLACES[symbols] ?? []) {
    const start = Math.floor(from * T)
    const place = start + random.integer(Math.max(1, Math.floor(to * T) - start))
    const carrier = random.integer(2)
    inputs[place] = FIRST_CARRIER + carrier
    label = 2 * label + carrier
  }
  return { inputs, targets: [label] }
}
