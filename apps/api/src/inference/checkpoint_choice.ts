import { UnrollError, rateCheckpoint, type Checkpoint, type Job } from '@unroll/contract'
import type { Store } from '@unroll/store'

/** A job keeps fewer checkpoints than a page has. */
const ALL = { limit: 100 }

/**
 * The checkpoint of a job that answers a request.
 *
 * @param wanted an id, `latest` or `best`
 * @throws {UnrollError} CHECKPOINT_NOT_FOUND, JOB_NOT_FOUND
 */
export async function chooseCheckpoint(store: Store, { id, spec }: Job, wanted: string): Promise<Checkpoint> {
  if (wanted !== 'best' && wanted !== 'latest') return await store.checkpoints.get(id, wanted)
  const { data } = await store.checkpoints.list(id, ALL)
  const [newest] = data
  if (newest === undefined)
    throw new UnrollError('CHECKPOINT_NOT_FOUND', `Cannot use the model of job "${id}": it has no checkpoint yet`)
  if (wanted === 'latest') return newest
  const series = spec.checkpoint.best_by ?? 'evaluation_loss'
  const rate = (checkpoint: Checkpoint): number => rateCheckpoint(checkpoint, series)
  return data.reduce((best, other) => (rate(other) < rate(best) ? other : best), newest)
}
