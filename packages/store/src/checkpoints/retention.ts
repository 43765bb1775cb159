import { rateCheckpoint, type Checkpoint, type CheckpointPolicy } from '@unroll/contract'

/** Policies of before do not say which checkpoints are best, nor how many are spaced. */
type Policy = Pick<CheckpointPolicy, 'keep_latest' | 'keep_best'> &
  Partial<Pick<CheckpointPolicy, 'every_steps' | 'keep_spaced' | 'best_by'>>

/**
 * Checkpoints that the policy does not keep: neither among the `keep_latest` newest, nor among the `keep_spaced` of the
 * others at even distances, nor among the `keep_best` of the rest that are best by the series `best_by`.
 *
 * @param checkpoints newest first
 */
export function dropped(checkpoints: readonly Checkpoint[], policy: Policy): Checkpoint[] {
  const { keep_latest, keep_best, best_by = 'evaluation_loss' } = policy
  const spacing = findSpacing(checkpoints[0]?.step ?? 0, policy)
  // The sort is stable: among equals the newest is kept.
  return checkpoints
    .slice(keep_latest)
    .filter(({ step }) => step % spacing !== 0)
    .toSorted((a, b) => order(rateCheckpoint(a, best_by), rateCheckpoint(b, best_by)))
    .slice(keep_best)
}

/**
 * Steps between two checkpoints that are kept for their distance; Infinity where none is. The length of the run is not known in advance: it
 * doubles whenever there would be too many, so that what is kept then was kept before.
 */
function findSpacing(newest: number, { every_steps = 0, keep_spaced = 0 }: Policy): number {
  if (every_steps === 0 || keep_spaced === 0) return Infinity
  let spacing = every_steps
  while (Math.floor(newest / spacing) > keep_spaced) spacing *= 2
  return spacing
}

function order(a: number, b: number): number {
  if (a === b) return 0 // Infinity among them, whose difference is NaN
  return a - b
}
