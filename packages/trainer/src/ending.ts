import type { JobSpec, MetricRow } from '@unroll/contract'

/** Why a run ends before its last step. */
export type EndReason = 'target_reached' | 'early_stopped'

/** The state of early stopping. */
export interface Progress {
  /** The lowest evaluation loss so far that counted as an improvement. */
  readonly best: number
  /** Evaluations since then. */
  readonly stale: number
}

export const NO_PROGRESS: Progress = { best: Infinity, stale: 0 }

type Training = Pick<JobSpec['training'], 'early_stopping' | 'target'>

/**
 * The state after a step. Only a decrease of the evaluation loss by more than min_delta is an improvement; NaN is none.
 */
export function progressed(
  { early_stopping: stopping }: Training,
  { best, stale }: Progress,
  { evaluation_loss: loss }: MetricRow['series'],
): Progress {
  if (stopping === null || loss === undefined) return { best, stale }
  return loss < best - stopping.min_delta ? { best: loss, stale: 0 } : { best, stale: stale + 1 }
}

/** The reason why the run ends after a step with these series; undefined if it continues. */
export function endReason(
  { target, early_stopping: stopping }: Training,
  { stale }: Progress,
  series: MetricRow['series'],
): EndReason | undefined {
  const watched = target === null ? undefined : series[target.series]
  if (target !== null && watched !== undefined) {
    const { below = -Infinity, above = Infinity } = target
    if (watched < below || watched > above) return 'target_reached'
  }
  const isEvaluated = series['evaluation_loss'] !== undefined
  return stopping !== null && isEvaluated && stale >= stopping.patience ? 'early_stopped' : undefined
}
