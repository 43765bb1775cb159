import { rateCheckpoint, type Checkpoint, type CheckpointPolicy } from '@unroll/contract'

/** Policies of before do not say which checkpoints are best. */
type Policy = Pick<CheckpointPolicy, 'keep_latest' | 'keep_best'> & Partial<Pick<CheckpointPolicy, 'best_by'>>

/**
 * Checkpoints that the policy does not keep: neither among the `keep_latest` newest nor among the `keep_best` of the others
 * that are best by the series `best_by`.
 *
 * @param checkpoints newest first
 */
export function dropped(
  checkpoints: readonly Checkpoint[],
  { keep_latest, keep_best, best_by = 'evaluation_loss' }: Policy,
): Checkpoint[] {
  // The sort is stable: among equals the newest is kept.
  return checkpoints
    .slice(keep_latest)
    .toSorted((a, b) => order(rateCheckpoint(a, best_by), rateCheckpoint(b, best_by)))
    .slice(keep_best)
}

function order(a: number, b: number): number {
  if (a === b) return 0 // Infinity among them, whose difference is NaN
  return a - b
}
