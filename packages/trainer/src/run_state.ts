import type { TrainingState } from '@unroll/bptt'
import { NO_PROGRESS, type EndReason, type Progress } from './ending.ts'
import type { Counters } from './row.ts'

/** Where a run is after a step, beside its tensors. Plain data; its numbers may be Inf or NaN. */
export interface RunPosition {
  /** The last step that is done. What a step trains on is a function of its number, so this is the place in the data, too. */
  readonly step: number
  readonly counters: Counters
  readonly progress: Progress
  /** Last value of each series. */
  readonly result: Readonly<Record<string, number>>
  /** Whether loss, gradient and update of the last step were finite. */
  readonly wasFinite: boolean
  /** Why the run ended at this step, if it did before its last. */
  readonly reason?: EndReason
}

/** All that a run needs, beside its specification, to go on as if it had never stopped. */
export interface RunState {
  readonly position: RunPosition
  readonly training: TrainingState
}

export const START: RunPosition = {
  step: 0,
  counters: { steps: 0, clippedSteps: 0, updatesSkipped: 0, updatesZeroed: 0 },
  progress: NO_PROGRESS,
  result: {},
  wasFinite: true,
}

/** A position as an earlier version may have saved it, with what it did not have yet. */
export function complete(saved: RunPosition): RunPosition {
  return { ...START, ...saved, counters: { ...START.counters, ...saved.counters } }
}

/**
 * The position that another run goes on from: what ended the run that reached it, or was about to, is no reason for that one
 * to end. Early stopping counts anew.
 */
export function forked(reached: RunPosition): RunPosition {
  const { reason: _, ...position } = reached
  return { ...position, progress: NO_PROGRESS }
}

/** When a run's state may be saved: at a step that the policy names, when it was asked to stop, or when it has succeeded. */
export type Occasion = 'due' | 'stopped' | 'ended'
