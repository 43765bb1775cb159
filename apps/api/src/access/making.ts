import { randomBytes } from 'node:crypto'
import { UnrollError, newId, type KeyRequest, type NewApiKey } from '@unroll/contract'
import { describeKey, type Store, type StoredKey } from '@unroll/store'
import { newToken } from './token.ts'

const DAY_MS = 86_400_000

type Keys = Store['apiKeys']

/** Makes a key, whose secret is in the answer alone. @throws {UnrollError} STORE_UNAVAILABLE */
export async function makeKey(keys: Keys, { expires_in_days: days, ...request }: KeyRequest): Promise<NewApiKey> {
  const now = Date.now()
  return await issue(keys, { ...request, expiresAt: days === undefined ? null : Math.round(now + days * DAY_MS) })
}

/**
 * Replaces a key by another of the same name, owner, scopes, limits and lifetime. The old one works for some more time.
 *
 * @throws {UnrollError} KEY_NOT_FOUND, KEY_ENDED, STORE_UNAVAILABLE
 */
export async function rotateKey(keys: Keys, id: string, overlapMs: number): Promise<NewApiKey> {
  const now = Date.now()
  const old = await keys.find(id)
  if (old === undefined) throw new UnrollError('KEY_NOT_FOUND', `Cannot find key "${id}"`)
  if (hasEnded(old, now)) throw new UnrollError('KEY_ENDED', `Cannot rotate key "${id}": it is revoked or has expired`)
  const { name, owner, scopes, limits, createdAt, expiresAt } = old
  const made = await issue(keys, {
    name,
    owner,
    scopes,
    ...(limits && { limits }),
    expiresAt: expiresAt === null ? null : now + (expiresAt - createdAt),
  })
  await keys.end(id, now + overlapMs, { isRevoked: false }) // last: what breaks off leaves a key that works
  return made
}

function hasEnded({ revokedAt, expiresAt }: StoredKey, now: number): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now)
}

async function issue(
  keys: Keys,
  about: Pick<StoredKey, 'name' | 'owner' | 'scopes' | 'limits' | 'expiresAt'>,
): Promise<NewApiKey> {
  const now = Date.now()
  const id = newId('key', now, randomBytes(16))
  const { token, digest } = newToken(id)
  const key: StoredKey = { id, ...about, digest, createdAt: now, revokedAt: null }
  await keys.put(key)
  return { ...describeKey(key), key: token }
}
