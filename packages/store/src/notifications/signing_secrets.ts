import { createHash } from 'node:crypto'
import type { Context } from '../redis/context.ts'

/** After this time without use a secret is forgotten. */
const KEPT_MS = 400 * 86_400_000

/**
 * The secrets that sign notifications, apart from the specifications, which have a reference in their place. The same
 * secret of an owner has one reference.
 */
export function signingSecrets({ db, keys }: Context) {
  return {
    /** Stores a secret. @returns what stands for it @throws {UnrollError} STORE_UNAVAILABLE */
    async keep(owner: string, secret: string): Promise<string> {
      const reference = refer(owner, secret)
      await db.command((redis) => redis.set(keys.signingSecret(owner, reference), secret, 'PX', KEPT_MS))
      return reference
    },
    /** What would stand for a secret. */
    refer,
    /** Finds a secret, which is then kept on; null where the owner has none. @throws {UnrollError} STORE_UNAVAILABLE */
    async find(owner: string, reference: string): Promise<string | null> {
      return await db.command((redis) => redis.getex(keys.signingSecret(owner, reference), 'PX', KEPT_MS))
    },
  }
}

function refer(owner: string, secret: string): string {
  return `secret_${createHash('sha256').update(`${owner}\n${secret}`).digest('hex').slice(0, 32)}`
}
