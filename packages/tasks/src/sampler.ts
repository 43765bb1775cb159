import type { TaskData, TaskName } from '@unroll/contract'
import type { Random } from '@unroll/random'

/** One sequence of a task. */
export interface Sample {
  /** T rows of X numbers, or T symbol ids. */
  inputs: readonly number[]
  /** Class ids or numbers, for each time step or only for the last. */
  targets: readonly number[]
}

/** Draws one sequence of T steps. `random` is its only source of randomness. */
export type Sampler<Name extends TaskName> = (
  data: Extract<TaskData, { task: Name }>,
  T: number,
  random: Random,
) => Sample
