import type { LimitName } from '@unroll/contract'
import type { Context } from '../redis/context.ts'

/** A quota that is whole again when its window ends. */
export interface Quota {
  /** The same of equal quotas, and of no others. */
  name: string
  limit: LimitName
  /** The key or owner whose quota it is. */
  subject: string
  most: number
  windowMs: number
}

/** What was taken of a quota. */
export interface Share {
  /** 0 where too little is left. */
  taken: number
  /** Left to all processes. */
  left: number
  /** Milliseconds until the window ends, as of the answer of the server. */
  endsInMs: number
}

export type Quotas = ReturnType<typeof quotas>

/** Quotas and places that all processes share. */
export function quotas({ db, keys, clock }: Context) {
  return {
    /**
     * Takes a part of a quota: at least `least` or nothing, and no more than `most` unless one of `parts` of what is left is
     * more.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async take(
      { limit, subject, most: quota, windowMs }: Omit<Quota, 'name'>,
      { least, most = least, parts = Infinity }: { least: number; most?: number; parts?: number },
    ): Promise<Share> {
      const args = [quota, windowMs, least, most, parts === Infinity ? quota + 1 : parts]
      const [taken, left, endsInMs] = await db.script<[number, number, number]>(
        'spend',
        [keys.spent(limit, subject)],
        args,
      )
      return { taken, left, endsInMs }
    },
    /** Gives back what was not used. @throws {UnrollError} STORE_UNAVAILABLE */
    async giveBack({ limit, subject }: Pick<Quota, 'limit' | 'subject'>, amount: number): Promise<void> {
      await db.script('refund', [keys.spent(limit, subject)], [amount])
    },
    /** What is taken of a quota, and when its window ends. @throws {UnrollError} STORE_UNAVAILABLE */
    async read({
      limit,
      subject,
      windowMs,
    }: Pick<Quota, 'limit' | 'subject' | 'windowMs'>): Promise<Omit<Share, 'left'>> {
      const key = keys.spent(limit, subject)
      const [taken, endsInMs] = await db.command((redis) => Promise.all([redis.get(key), redis.pttl(key)]))
      return { taken: Number(taken), endsInMs: endsInMs < 0 ? windowMs : endsInMs }
    },
    /**
     * Occupies one of `most` places, or holds on to it.
     *
     * @param place.id of the request
     * @param place.forMs after which it is free unless it is held on to
     * @returns whether there is one
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async occupy(
      limit: LimitName,
      subject: string,
      { id, most, forMs }: { id: string; most: number; forMs: number },
    ): Promise<boolean> {
      const args = [clock(), id, forMs, most]
      const [isHeld] = await db.script<[0 | 1, number]>('occupy', [keys.places(limit, subject)], args)
      return isHeld === 1
    },
    /** @throws {UnrollError} STORE_UNAVAILABLE */
    async leave(limit: LimitName, subject: string, id: string): Promise<void> {
      await db.command((redis) => redis.zrem(keys.places(limit, subject), id))
    },
    /** Places that are occupied, or were until a moment ago. @throws {UnrollError} STORE_UNAVAILABLE */
    async countPlaces(limit: LimitName, subject: string): Promise<number> {
      return await db.command((redis) => redis.zcard(keys.places(limit, subject)))
    },
  }
}
