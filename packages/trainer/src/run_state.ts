import type { TrainingState } from '@unroll/bptt'
import { NO_PROGRESS, type EndReason, type Progress } from './ending.ts'
import type { Reach } from './reach/adapt.ts'
import type { Counters } from './row.ts'

/** The position of a run after a step, without its tensors. Plain data; its numbers may be Inf or NaN. */
export interface RunPosition {
  /**
   * The last completed step. The data of a step are a function of its number, so that this is also the position in the
   * data.
   */
  readonly step: number
  readonly counters: Counters
  readonly progress: Progress
  /** Last value of each series. */
  readonly result: Readonly<Record<string, number>>
  /** How often a curriculum that grows when a length is solved has grown. */
  readonly growths: number
  /** How far the gradient reaches back, once a step has been made with adaptive truncation. */
  readonly reach?: Reach
  /** Whether loss, gradient and update of the last step were finite. */
  readonly wasFinite: boolean
  /** The reason why the run ended at this step, if it was not its last. */
  readonly reason?: EndReason
}

/** Everything that a run needs, beside its specification, to resume as if it had never stopped. */
export interface RunState {
  readonly position: RunPosition
  readonly training: TrainingState
}

export const START: RunPosition = {
  step: 0,
  counters: { steps: 0, clippedSteps: 0, updatesSkipped: 0, updatesZeroed: 0, largestNorm: 0 },
  progress: NO_PROGRESS,
  result: {},
  growths: 0,
  wasFinite: true,
}

/** A position as an earlier version may have saved it, completed with newer fields. */
export function complete(saved: RunPosition): RunPosition {
  return { ...START, ...saved, counters: { ...START.counters, ...saved.counters } }
}

/**
 * The position from which another run continues: the reason that ended the first run does not end the new one. Early
 * stopping starts again.
 */
export function forked(reached: RunPosition): RunPosition {
  const { reason: _, ...position } = reached
  return { ...position, progress: NO_PROGRESS }
}

/** The occasions to save the state of a run: at a step of the policy, at a stop request, or at success. */
export type Occasion = 'due' | 'stopped' | 'ended'
