import { DEFAULT_OWNER, UnrollError, type Dataset, type Page } from '@unroll/contract'
import type { Context } from './redis/context.ts'
import { noSuchDataset } from './redis/errors.ts'
import { IDEMPOTENCY_MS, idempotencyKey, replayed, reusedKey, type Idempotency } from './jobs/idempotency.ts'
import { PAGE_LIMIT, findItems, makePage, type ListOptions } from './jobs/paging.ts'

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
    async put(
      dataset: Dataset,
      { idempotency, owner = DEFAULT_OWNER }: { idempotency?: Idempotency | undefined; owner?: string } = {},
    ): Promise<{ dataset: Dataset; replayed: boolean }> {
      const [outcome, id = ''] = await db.script<['created' | 'replayed' | 'reused', string?]>(
        'create_dataset',
        [keys.dataset(dataset.id), keys.datasets, idempotencyKey(keys, idempotency)],
        [dataset.id, JSON.stringify({ ...dataset, owner }), idempotency?.fingerprint ?? '', IDEMPOTENCY_MS],
      )
      if (outcome === 'reused') throw reusedKey('data set', idempotency)
      if (outcome === 'created') return { dataset, replayed: false }
      return { dataset: await replayed('data set', idempotency, get(context, id)), replayed: true }
    },
    /** @throws {UnrollError} DATASET_NOT_FOUND, STORE_UNAVAILABLE */
    get: (id: string) => get(context, id),
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<Dataset>> {
      // A data set that was deleted since its id was read is left out.
      const found = await findItems(context, keys.datasets, { after, limit: limit + 1 }, async (ids) => {
        const records = await db.command((redis) => redis.mget(ids.map((id) => keys.dataset(id))))
        const stored = records.flatMap((json) => parseDataset(json) ?? [])
        return stored.filter((each) => owner === undefined || each.owner === owner)
      })
      return makePage(
        found.map(({ dataset }) => dataset),
        limit,
        ({ id }) => id,
      )
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
  const stored = parseDataset(await db.command((redis) => redis.get(keys.dataset(id))))
  if (stored === undefined) throw noSuchDataset(id)
  return stored.dataset
}

/** A record and its owner, which records of before do not say; undefined where there is none. */
export function parseDataset(json: string | null | undefined): { dataset: Dataset; owner: string } | undefined {
  if (typeof json !== 'string') return undefined
  const { owner = DEFAULT_OWNER, ...dataset } = JSON.parse(json) as Dataset & { owner?: string }
  return { dataset, owner }
}
