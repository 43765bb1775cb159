import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DEFAULT_OWNER, ID_PREFIXES, type ApiKey } from '@unroll/contract'
import type { Store, StoredKey } from '@unroll/store'
import { newToken } from './token.ts'

/** The same in every process, of which one makes it. */
const ID = `${ID_PREFIXES.key}_${'0'.repeat(20)}`
/** Of the user who runs the service alone. */
const MODE = 0o600

/**
 * Makes a key of scope admin where none works, for a service that other machines reach, and writes it into a file: a log
 * has no secrets.
 *
 * @returns whether it made one
 * @throws {UnrollError} STORE_UNAVAILABLE; errors of the file
 */
export async function keepFirstKey(keys: Store['apiKeys'], file: string): Promise<boolean> {
  const now = Date.now()
  if ((await keys.list()).some(isWorkingAdmin)) return false
  const { token, digest } = newToken(ID)
  const first: StoredKey = {
    id: ID,
    name: 'first start',
    owner: DEFAULT_OWNER,
    scopes: ['admin'],
    digest,
    createdAt: now,
    expiresAt: null,
    revokedAt: null,
  }
  const before = await keys.find(ID)
  await mkdir(dirname(file), { recursive: true })
  const written = `${file}.${randomBytes(6).toString('hex')}` // a process that makes none leaves the file of another alone
  await writeFile(written, `${token}\n`, { mode: MODE }) // first: a key that nobody has would be of no use
  const isMade = await keys.put(first, before)
  await (isMade ? rename(written, file) : rm(written))
  return isMade
}

function isWorkingAdmin({ scopes, revoked_at: revoked, expires_at: end }: ApiKey): boolean {
  return scopes.includes('admin') && revoked === null && (end === null || Date.parse(end) > Date.now())
}
