import { UnrollError } from '@unroll/contract'
import type { Context } from '../redis/context.ts'

/** Most bytes of an owner and of the whole service. @default no limit */
export interface StoredLimits {
  own?: number
  all?: number
}

export type Stored = ReturnType<typeof stored>

/**
 * Bytes that owners keep, each thing by its id: data sets, weights, checkpoints and uploads in parts. What was kept before
 * there were limits is not counted.
 */
export function stored(context: Context) {
  const { db, keys } = context
  const set = (owner: string, id: string, bytes: number, { own = Infinity, all = Infinity }: StoredLimits = {}) =>
    db.script<['stored' | 'owner_full' | 'service_full', number]>(
      'store_bytes',
      [keys.stored(owner), keys.storedByAll],
      [id, bytes, own === Infinity ? '' : own, all === Infinity ? '' : all],
    )
  return {
    /**
     * Counts the bytes of a thing, however often it is called.
     *
     * @throws {UnrollError} QUOTA_EXCEEDED where the limits do not allow more, STORE_UNAVAILABLE
     */
    async put(owner: string, id: string, bytes: number, limits?: StoredLimits): Promise<void> {
      const [outcome, before] = await set(owner, id, bytes, limits)
      if (outcome !== 'stored')
        throw storageExceeded(outcome === 'owner_full' ? owner : undefined, before, limits, bytes)
    },
    /** Counts things no longer. @throws {UnrollError} STORE_UNAVAILABLE */
    async drop(owner: string, ids: readonly string[]): Promise<void> {
      await Promise.all(ids.map((id) => set(owner, id, 0)))
    },
    /** Bytes that an owner, or without one the whole service, keeps. @throws {UnrollError} STORE_UNAVAILABLE */
    async read(owner?: string): Promise<number> {
      const bytes = await db.command((redis) =>
        owner === undefined ? redis.get(keys.storedByAll) : redis.hget(keys.stored(owner), ''),
      )
      return Number(bytes)
    },
    /** Counts an upload in parts, whose owner is found again by its name. @throws as `put` does */
    async putUpload(owner: string, name: string, bytes: number, limits?: StoredLimits): Promise<void> {
      await db.command((redis) => redis.hset(keys.uploads, name, owner))
      await this.put(owner, uploadId(name), bytes, limits)
    },
    /** Counts an upload in parts no longer. @throws {UnrollError} STORE_UNAVAILABLE */
    async dropUpload(name: string): Promise<void> {
      const owner = await db.command((redis) => redis.hget(keys.uploads, name))
      if (owner === null) return
      await this.drop(owner, [uploadId(name)])
      await db.command((redis) => redis.hdel(keys.uploads, name))
    },
  }
}

function uploadId(name: string): string {
  return `upload:${name}`
}

/** @param owner undefined where the limit of the whole service is reached */
export function storageExceeded(
  owner: string | undefined,
  before: number,
  { own, all }: StoredLimits = {},
  bytes?: number,
): UnrollError {
  const [who, most] = owner === undefined ? ['the service', all] : [`owner "${owner}"`, own]
  const more = bytes === undefined ? 'more' : `${bytes} bytes`
  return new UnrollError(
    'QUOTA_EXCEEDED',
    `Cannot store ${more}: ${who} keeps ${before} of ${most ?? 0} bytes (limit stored_bytes); delete what is not needed`,
  )
}
