import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ID_PREFIXES } from '@unroll/contract'
import { keyPrefix } from '@unroll/store'

/** 256 bits, so that a fast hash protects them. */
const SECRET_BYTES = 32
export const KEY_START = 'unroll_'
/** A key: `unroll_`, what identifies it, and its secret in base64url. */
const TOKEN = /^unroll_([0-9a-z]{20})_([A-Za-z0-9_-]{43})$/

/** A new token of a key, and the digest of its secret, which is what is stored. */
export function newToken(id: string): { token: string; digest: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { token: `${keyPrefix(id)}_${secret}`, digest: digestSecret(secret) }
}

/** The id and the digest of the secret of a token; undefined for what is no token. */
export function readToken(token: string): { id: string; digest: string } | undefined {
  const [, id, secret] = TOKEN.exec(token) ?? []
  return id === undefined || secret === undefined
    ? undefined
    : { id: `${ID_PREFIXES.key}_${id}`, digest: digestSecret(secret) }
}

/** Whether two digests are equal, in a time that does not tell where they differ. */
export function equalDigests(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}

function digestSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
