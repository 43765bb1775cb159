import { UnrollError } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { describeFull, encodeLimits, type Full, type OwnerLimits } from './owner_limits.ts'

export type Stored = ReturnType<typeof stored>

/**
 * Bytes that owners keep, each thing by its id: data sets, weights, checkpoints and uploads in parts. What was kept before
 * there were limits is not counted.
 */
export function stored(context: Context) {
  const { db, keys } = context
  const set = (owner: string, id: string, bytes: number, limits?: OwnerLimits) =>
    db.script<['stored' | Full, number]>(
      'store_bytes',
      [keys.stored(owner), keys.storedByAll],
      [id, bytes, ...encodeLimits(limits)],
    )
  return {
    /**
     * Counts the bytes of a thing, however often it is called.
     *
     * @throws {UnrollError} QUOTA_EXCEEDED where the limits do not allow more, STORE_UNAVAILABLE
     */
    async put(owner: string, id: string, bytes: number, limits?: OwnerLimits): Promise<void> {
      const [outcome, before] = await set(owner, id, bytes, limits)
      if (outcome === 'stored') return
      const [who, most] = describeFull(outcome, owner, limits)
      throw new UnrollError(
        'QUOTA_EXCEEDED',
        `Cannot store ${bytes} bytes: ${who} keeps ${before} of ${most} bytes (limit stored_bytes); delete what is not needed`,
      )
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
    async putUpload(owner: string, name: string, bytes: number, limits?: OwnerLimits): Promise<void> {
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
