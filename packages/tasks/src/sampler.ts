import type { TaskData, TaskName } from '@unroll/contract'
import type { Random } from '@unroll/random'

/** One sequence of a task. */
export interface Sample {
  /** T rows of X numbers, or T symbol ids. */
  inputs: readonly number[]
  /** For each time step, or one for the last: class ids, or numbers. */
  targets: readonly number[]
}

/** Draws one sequence of T steps. Uses no other source of chance than `random`. */
export type Sampler<Name extends TaskName> = (
  data: Extract<TaskData, { task: Name }>,
  T: number,
  random: Random,
) => Sample
