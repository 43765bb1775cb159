import { ID_PREFIXES, UnrollError, type ApiKey, type Limits, type Scope } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { isoTime } from '../redis/iso_time.ts'

/** A key as it is stored: without its secret. */
export interface StoredKey {
  id: string
  name: string
  owner: string
  scopes: readonly Scope[]
  /** Limits of its own, in place of those of the service. */
  limits?: Partial<Limits>
  /** SHA-256 of the secret in hex: a secret of 256 random bits cannot be guessed, so that no slow hash is needed. */
  digest: string
  /** Milliseconds since 1970, as the following. */
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
}

export type ApiKeys = ReturnType<typeof apiKeys>

/** Keys of the API. A revoked one keeps its record, which the audit log refers to. */
export function apiKeys(context: Context) {
  const { db, keys } = context
  return {
    /** Stores a new key; false if there is one of this id. @throws {UnrollError} STORE_UNAVAILABLE */
    put: (key: StoredKey, before?: StoredKey) => replace(context, before, key),
    /** @returns undefined if there is none */
    async find(id: string): Promise<StoredKey | undefined> {
      const json = await db.command((redis) => redis.hget(keys.apiKeys, id))
      return json === null ? undefined : (JSON.parse(json) as StoredKey)
    },
    /** Whether a key was ever made, also one that is revoked by now. */
    async hasAny(): Promise<boolean> {
      return (await db.command((redis) => redis.hlen(keys.apiKeys))) > 0
    },
    /** All of them, newest first, as far as they are known to have been used. */
    async list(): Promise<ApiKey[]> {
      const [records, used] = await db.command((redis) =>
        Promise.all([redis.hvals(keys.apiKeys), redis.hgetall(keys.apiKeysUsed)]),
      )
      const all = records.map((json) => JSON.parse(json) as StoredKey)
      return all.toSorted((a, b) => b.createdAt - a.createdAt).map((key) => describeKey(key, used[key.id]))
    },
    /**
     * Changes when a key ends, to no later than before.
     *
     * @returns the key as it is now
     * @throws {UnrollError} KEY_NOT_FOUND, STORE_UNAVAILABLE
     */
    async end(id: string, at: number, { isRevoked }: { isRevoked: boolean }): Promise<StoredKey> {
      for (;;) {
        const before = await this.find(id)
        if (before === undefined) throw new UnrollError('KEY_NOT_FOUND', `Cannot find key "${id}"`)
        const after = isRevoked
          ? { ...before, revokedAt: before.revokedAt ?? at }
          : { ...before, expiresAt: Math.min(before.expiresAt ?? Infinity, at) }
        if (await replace(context, before, after)) return after
      }
    },
    /** Notes when a key was used. */
    async touch(id: string, at: number): Promise<void> {
      await db.command((redis) => redis.hset(keys.apiKeysUsed, id, at))
    },
  }
}

/** Writes a key unless it has changed since it was read. */
async function replace({ db, keys }: Context, before: StoredKey | undefined, after: StoredKey): Promise<boolean> {
  const json = before === undefined ? '' : JSON.stringify(before)
  return (await db.script<0 | 1>('replace_field', [keys.apiKeys], [after.id, json, JSON.stringify(after)])) === 1
}

/** The public part of a token, which the key begins with. */
export function keyPrefix(id: string): string {
  return `unroll_${id.slice(ID_PREFIXES.key.length + 1)}`
}

export function describeKey(key: StoredKey, usedAt?: string): ApiKey {
  return {
    id: key.id,
    object: 'key',
    name: key.name,
    owner: key.owner,
    scopes: [...key.scopes],
    limits: key.limits ?? {},
    prefix: keyPrefix(key.id),
    created_at: isoTime(key.createdAt),
    expires_at: isoTimeOrNull(key.expiresAt),
    revoked_at: isoTimeOrNull(key.revokedAt),
    last_used_at: usedAt === undefined ? null : isoTime(Number(usedAt)),
  }
}

function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms)
}
