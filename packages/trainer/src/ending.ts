import { badness, type JobSpec, type MetricRow } from '@unroll/contract'

/** Why a run ends before its last step. */
export type EndReason = 'target_reached' | 'early_stopped'

/** The state of early stopping. */
export interface Progress {
  /** The best evaluation that counted as improvement, such that less is better. */
  readonly best: number
  /** Evaluations since then. */
  readonly stale: number
}

export const NO_PROGRESS: Progress = { best: Infinity, stale: 0 }

type Training = Pick<JobSpec['training'], 'early_stopping' | 'target'>

/** Progress after a step. Only a change for the better of the watched series by more than min_delta is improvement; NaN is none. */
export function progressed(
  { early_stopping: stopping }: Training,
  { best, stale }: Progress,
  series: MetricRow['series'],
): Progress {
  const watched = stopping === null ? undefined : series[watchedBy(stopping)]
  if (stopping === null || watched === undefined) return { best, stale }
  const now = badness(watchedBy(stopping), watched)
  return now < best - stopping.min_delta ? { best: now, stale: 0 } : { best, stale: stale + 1 }
}

/** Specifications of before watch the loss, and do not say so. */
function watchedBy({ series = 'evaluation_loss' }: Partial<NonNullable<Training['early_stopping']>>) {
  return series
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
  const isEvaluated = stopping !== null && series[watchedBy(stopping)] !== undefined
  return isEvaluated && stale >= stopping.patience ? 'early_stopped' : undefined
}
