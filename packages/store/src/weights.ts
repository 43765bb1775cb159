import { DEFAULT_OWNER, type Page, type Weights } from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from './jobs/paging.ts'
import type { Context } from './redis/context.ts'
import { noSuchWeights } from './redis/errors.ts'

export type WeightsRecords = ReturnType<typeof weights>

/** Records of uploaded weights; their bytes are in the artifact store. */
export function weights({ db, keys }: Context) {
  return {
    /** @throws {UnrollError} STORE_UNAVAILABLE */
    async put(record: Weights, owner: string = DEFAULT_OWNER): Promise<void> {
      await db.command((redis) => redis.hset(keys.weights, record.id, JSON.stringify({ ...record, owner })))
    },
    /** @throws {UnrollError} WEIGHTS_NOT_FOUND, STORE_UNAVAILABLE */
    async get(id: string): Promise<Weights> {
      const stored = parseWeights(await db.command((redis) => redis.hget(keys.weights, id)))
      if (stored === undefined) throw noSuchWeights(id)
      return stored.weights
    },
    /** Newest first. */
    async list({ after, limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<Weights>> {
      const records = await db.command((redis) => redis.hvals(keys.weights))
      const wanted = records
        .flatMap((json) => parseWeights(json) ?? [])
        .filter((each) => owner === undefined || each.owner === owner)
        .map(({ weights: record }) => record)
        .filter(({ id }) => after === undefined || id < after)
        .toSorted((a, b) => (a.id < b.id ? 1 : -1)) // ids sort by creation
      return makePage(wanted.slice(0, limit + 1), limit, ({ id }) => id)
    },
    /** @throws {UnrollError} WEIGHTS_NOT_FOUND, STORE_UNAVAILABLE */
    async delete(id: string): Promise<void> {
      if ((await db.command((redis) => redis.hdel(keys.weights, id))) === 0) throw noSuchWeights(id)
    },
  }
}

/** A record and its owner, which records of before do not say; undefined where there is none. */
export function parseWeights(json: string | null): { weights: Weights; owner: string } | undefined {
  if (json === null) return undefined
  const { owner = DEFAULT_OWNER, ...record } = JSON.parse(json) as Weights & { owner?: string }
  return { weights: record, owner }
}
