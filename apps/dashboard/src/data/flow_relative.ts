// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { nearestIndex } from './columns.ts'
import { MISSING, type FlowGrid } from './flow_rows.ts'

/** log₁₀ norms at the last time step of the window, T: one for each row of a grid. MISSING where none was measured. */
export type LastNorms = Float32Array

/** The norms at t = T of the rows of `grid`, from the last line of `whole`, which reaches T. */
export function lastNorms({ steps, spans }: FlowGrid, whole: FlowGrid): LastNorms {
  const { count } = whole.lines
  return Float32Array.from(steps, (step, row) => {
    const near = nearestIndex(whole.steps, step)
    const reach = Math.max(spans[row]!, whole.spans[near] ?? 0) / 2
    const isSame = count > 0 && near >= 0 && Math.abs(whole.steps[near]! - step) <= reach
    return isSame ? whole.values[near * count + count - 1]! : MISSING
  })
}

/**
 * The grid with each norm relative to that at t = T of its row: log₁₀(‖∂L/∂h_t‖ / ‖∂L/∂h_T‖). NaN, Infinity and zero stay
 * what they are; a norm has no relation to a norm at T that is one of them.
 */
export function relateToLast(grid: FlowGrid, last: LastNorms): FlowGrid {
  const { count } = grid.lines
  const values = grid.values.map((value, at) => {
    if (value === MISSING || !Number.isFinite(value)) return value
    const reference = last[Math.floor(at / count)]!
    return reference === MISSING || !Number.isFinite(reference) ? MISSING : value - reference
  })
  return { ...grid, values }
}

/** The last time step, going back from T, at which the norm is still at least ε times that at T: one for each row. */
export interface Reach {
  /** Middle of the training steps of each row. */
  readonly steps: Float64Array
  /** Time steps; 0 where all reach back, NaN where it cannot be told. */
  readonly timesteps: Float64Array
}

/** How far each row of a grid reaches: the line along which the norm falls below ε of that at t = T. */
export function traceReach(grid: FlowGrid, last: LastNorms, epsilon: number): Reach {
  const { from, width, count } = grid.lines
  const below = Math.log10(epsilon)
  const timesteps = Float64Array.from(grid.steps, (_, row) => {
    const reference = last[row]!
    if (reference === MISSING || !Number.isFinite(reference)) return Number.NaN
    for (let line = count - 1; line >= 0; line -= 1) {
      const value = grid.values[row * count + line]!
      if (value === MISSING || Number.isNaN(value)) return Number.NaN
      if (value < reference + below) return from + (line + 1) * width
    }
    return 0
  })
  return { steps: grid.steps, timesteps }
}
