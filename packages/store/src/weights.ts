import type { Page, Weights } from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from './jobs/paging.ts'
import type { Context } from './redis/context.ts'
import { noSuchWeights } from './redis/errors.ts'

export type WeightsRecords = ReturnType<typeof weights>

/** Records of uploaded weights; their bytes are in the artifact store. */
export function weights({ db, keys }: Context) {
  return {
    /** @throws {UnrollError} STORE_UNAVAILABLE */
    async put(record: Weights): Promise<void> {
      await db.command((redis) => redis.hset(keys.weights, record.id, JSON.stringify(record)))
    },
    /** @throws {UnrollError} WEIGHTS_NOT_FOUND, STORE_UNAVAILABLE */
    async get(id: string): Promise<Weights> {
      const json = await db.command((redis) => redis.hget(keys.weights, id))
      if (json === null) throw noSuchWeights(id)
      return JSON.parse(json) as Weights
    },
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT }: ListOptions = {}): Promise<Page<Weights>> {
      const ids = await db.command((redis) => redis.hkeys(keys.weights))
      const wanted = ids
        .toSorted((a, b) => (a < b ? 1 : -1)) // ids sort by creation
        .filter((id) => after === undefined || id < after)
        .slice(0, limit + 1)
      const records = wanted.length === 0 ? [] : await db.command((redis) => redis.hmget(keys.weights, ...wanted))
      // Weights that were deleted since their id was read are left out.
      const found = records.flatMap((json) => (json === null ? [] : [JSON.parse(json) as Weights]))
      return makePage(found, limit, ({ id }) => id)
    },
    /** @throws {UnrollError} WEIGHTS_NOT_FOUND, STORE_UNAVAILABLE */
    async delete(id: string): Promise<void> {
      if ((await db.command((redis) => redis.hdel(keys.weights, id))) === 0) throw noSuchWeights(id)
    },
  }
}
