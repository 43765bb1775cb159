import type { Batch, Window } from '@unroll/bptt'
import type { Problem } from '@unroll/contract'

/** What one update trains on. */
export interface TrainingWindow {
  /** Steps before the batch that only move the state on; the batch then starts from the carried state. */
  prefix?: Batch
  batch: Batch
  window: Window
}

/** One batch of an evaluation and the state it starts from. */
export interface EvaluationBatch {
  batch: Batch
  from: Window['from']
}

/** The data of a run. Everything is a function of the specification, the seed and the number of the update, so a run can go on at any step. */
export interface Feed {
  readonly problem: Problem
  /** What update `step` (from 1) trains on. */
  window(step: number): TrainingWindow
  /** Held-out data, the same at every evaluation; empty where the data leaves none. */
  readonly evaluationBatches: readonly EvaluationBatch[]
}
