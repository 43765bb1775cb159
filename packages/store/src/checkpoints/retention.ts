import { fromJsonNumber, type Checkpoint, type CheckpointPolicy, type JsonNumber } from '@unroll/contract'

/**
 * Checkpoints that the policy does not keep: they are neither among the `keep_latest` newest nor among the `keep_best`
 * of lowest evaluation loss of the others.
 *
 * @param checkpoints newest first
 */
export function dropped(
  checkpoints: readonly Checkpoint[],
  { keep_latest, keep_best }: Pick<CheckpointPolicy, 'keep_latest' | 'keep_best'>,
): Checkpoint[] {
  // The sort is stable: among equals the newest is kept.
  return checkpoints
    .slice(keep_latest)
    .toSorted((a, b) => order(readLoss(a), readLoss(b)))
    .slice(keep_best)
}

/** A checkpoint without an evaluation, or with NaN, is worse than every other. */
function readLoss({ metrics }: Checkpoint): number {
  const loss = fromJsonNumber((metrics['evaluation_loss'] ?? 'NaN') as JsonNumber)
  return Number.isNaN(loss) ? Infinity : loss
}

function order(a: number, b: number): number {
  if (a === b) return 0 // Infinity among them, whose difference is NaN
  return a - b
}
