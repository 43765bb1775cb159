import { UnrollError, type Dataset, type Page } from '@unroll/contract'
import type { Context } from './redis/context.ts'
import { noSuchDataset } from './redis/errors.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from './jobs/idempotency.ts'
import { PAGE_LIMIT, makePage, newestIds, type ListOptions } from './jobs/paging.ts'

export type Datasets = ReturnType<typeof datasets>

/** Records of uploaded data sets; their bytes are in the artifact store. */
export function datasets(context: Context) {
  const { db, keys } = context
  return {
    /**
     * Lists a data set. With a key that made another one before, that is given, and this one is not listed.
     *
     * @throws {UnrollError} IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_SPENT, STORE_UNAVAILABLE
     */
    async put(dataset: Dataset, idempotency?: Idempotency): Promise<{ dataset: Dataset; replayed: boolean }> {
      const [outcome, id = ''] = await db.script<['created' | 'replayed' | 'reused', string?]>(
        'create_dataset',
        [keys.dataset(dataset.id), keys.datasets, idempotencyKey(keys, idempotency)],
        [dataset.id, JSON.stringify(dataset), idempotency?.fingerprint ?? '', IDEMPOTENCY_MS],
      )
      if (outcome === 'reused') throw reusedKey('data set', idempotency)
      if (outcome === 'created') return { dataset, replayed: false }
      return { dataset: await replayed('data set', idempotency, get(context, id)), replayed: true }
    },
    /** @throws {UnrollError} DATASET_NOT_FOUND, STORE_UNAVAILABLE */
    get: (id: string) => get(context, id),
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT }: ListOptions = {}): Promise<Page<Dataset>> {
      const ids = await newestIds(context, keys.datasets, { after, limit: limit + 1 })
      const records = ids.length === 0 ? [] : await db.command((redis) => redis.mget(ids.map((id) => keys.dataset(id))))
      // A data set that was deleted since its id was read is left out.
      const found = records.flatMap((json) => (json === null ? [] : [JSON.parse(json) as Dataset]))
      return makePage(found, limit, ({ id }) => id)
    },
    /**
     * @throws {UnrollError} DATASET_IN_USE while an unfinished job or sweep, or a kept job, uses it, DATASET_NOT_FOUND,
     * STORE_UNAVAILABLE
     */
    async delete(id: string): Promise<void> {
      const outcome = await db.script<'deleted' | 'in_use' | 'not_found'>(
        'delete_dataset',
        [keys.dataset(id), keys.datasets, keys.index],
        [id],
      )
      if (outcome === 'not_found') throw noSuchDataset(id)
      if (outcome === 'in_use')
        throw new UnrollError(
          'DATASET_IN_USE',
          `Cannot delete data set "${id}": a job or sweep that has not ended, or a job that is kept, uses it`,
        )
    },
  }
}

async function get({ db, keys }: Context, id: string): Promise<Dataset> {
  const json = await db.command((redis) => redis.get(keys.dataset(id)))
  if (json === null) throw noSuchDataset(id)
  return JSON.parse(json) as Dataset
}
