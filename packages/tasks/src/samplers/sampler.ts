import type { TaskData, TaskName } from '@unroll/contract'
import type { Random } from '@unroll/random'

/** One sequence of a task. */
export interface Sample {
  /** Rows of X numbers, or symbol ids, of at most T steps. */
  inputs: readonly number[]
  /** Class ids or K numbers, for each of its time steps or only for the last. */
  targets: readonly number[]
}

/** Draws one sequence of at most T steps. `random` is its only source of randomness. */
export type Sampler<Name extends TaskName> = (
  data: Extract<TaskData, { task: Name }>,
  T: number,
  random: Random,
) => Sample
