import type { Batch, Window } from '@unroll/bptt'
import type { Problem } from '@unroll/contract'

/** The data of one update. */
export interface TrainingWindow {
  /** Steps before the batch that only advance the state; the batch then starts from the carried state. */
  prefix?: Batch
  batch: Batch
  window: Window
}

/** One batch of an evaluation and the state it starts from. */
export interface EvaluationBatch {
  batch: Batch
  from: Window['from']
}

/**
 * The data of a run. Everything is a function of the specification, the seed and the number of the update, so that a
 * run can resume at any step.
 */
export interface Feed {
  readonly problem: Problem
  /** The data of update `step` (from 1). */
  window(step: number): TrainingWindow
  /** Held-out data, the same at every evaluation; empty if there are none. */
  readonly evaluationBatches: readonly EvaluationBatch[]
}
