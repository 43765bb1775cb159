import type { Batch, Window } from '@unroll/bptt'
import type { Problem } from '@unroll/contract'
import type { Decided } from './windows.ts'

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

/** How answers are scored, beside their loss and accuracy. */
export type Scoring =
  /** By class: the largest output is the answer. */
  | { kind: 'classes'; classes: readonly string[] }
  /** By label: an output above 0 is the answer 1. */
  | { kind: 'labels' }
  /** By how far off they are, at each horizon. */
  | {
      kind: 'numbers'
      /** What an error of 1 is in the units of the data, of each output. */
      units: readonly number[]
      horizon: number
      /** Outputs for each number, of which the one at `point` is the answer. */
      answers: number
      point: number
    }
  /** By how well the next symbol is foretold. */
  | { kind: 'symbols' }

/** The data of a run. Everything is a function of the specification, the seed, the number of the update and what has been decided before it, so a run can go on at any step. */
export interface Feed {
  readonly problem: Problem
  /** The data of update `step` (from 1), where so much has been decided before it. */
  window(step: number, decided?: Decided): TrainingWindow
  /** Held-out data, the same at every evaluation; empty where the data leaves none. */
  readonly evaluationBatches: Iterable<EvaluationBatch>
  /** Held-out data of other lengths, by T; none unless given. */
  readonly otherLengths?: ReadonlyMap<number, Iterable<EvaluationBatch>>
  /** Held-out data of the length that a curriculum has reached; none unless given. */
  readonly ofLength?: (T: number) => Iterable<EvaluationBatch>
  /** Data that is evaluated once, when the run has ended; none unless given. */
  readonly testBatches?: Iterable<EvaluationBatch>
  /** How evaluations are scored beside loss and accuracy; not at all unless given. */
  readonly scoring?: Scoring
  /** What is needed to use the model when the data set is gone, as texts by name; nothing unless given. */
  readonly decoding?: Readonly<Record<string, string>>
  /** Sequences of each part, where there are sequences. */
  readonly counts?: { training: number; validation: number; test: number; left_out: number }
}
