import { createHash } from 'node:crypto'
import { DEFAULT_OWNER, ERRORS, UnrollError } from '@unroll/contract'
import type { Keys } from '../redis/keys.ts'

/** Lifetime of a key. */
export const IDEMPOTENCY_MS: number = 24 * 60 * 60 * 1000

export interface Idempotency {
  /** The client's `Idempotency-Key`. */
  key: string
  /** Whose key it is: owners have keys of their own. @default DEFAULT_OWNER */
  owner?: string
  /** Digest of the request: the same key with another one is refused. */
  fingerprint: string
}

/** The Redis key of what was created for a client's key; it stays empty without one. */
export function idempotencyKey(keys: Keys, idempotency: Idempotency | undefined): string {
  const { key = '', owner = DEFAULT_OWNER } = idempotency ?? {}
  const name = owner === DEFAULT_OWNER ? key : `${owner}\n${key}` // no header has a line break
  return keys.idempotency(createHash('sha256').update(name).digest('hex'))
}

/**
 * The object that a key has created, to be returned again. Errors: UnrollError IDEMPOTENCY_KEY_SPENT, if it has been
 * deleted.
 */
export async function replayed<Made>(
  what: string,
  idempotency: Idempotency | undefined,
  made: Promise<Made>,
): Promise<Made> {
  return await made.catch((error: unknown) => {
    const isGone = error instanceof UnrollError && ERRORS[error.code].status === 404
    if (!isGone || idempotency === undefined) throw error
    const message = `Cannot give the ${what} again that key "${idempotency.key}" made: it has been deleted`
    throw new UnrollError('IDEMPOTENCY_KEY_SPENT', message, { cause: error })
  })
}

export function reusedKey(what: string, idempotency: Idempotency | undefined): UnrollError {
  return new UnrollError(
    'IDEMPOTENCY_KEY_REUSED',
    `Cannot create the ${what}: key "${idempotency?.key}" was used with another body`,
  )
}
