import type { Quota, Quotas } from '@unroll/store'

/** Windows that are remembered; those that have ended are forgotten first. */
const MOST_KNOWN = 10_000
/**
 * A process takes this part of what is left of a quota at once, and spends it by itself: a poll costs no round trip, and near
 * the end of a quota it takes one request at a time.
 */
const PARTS = 16

/** What a process has of a quota. */
interface Held {
  /** Taken by this process and not spent. */
  spare: number
  /** Left to all processes when it was taken. */
  left: number
  /** When the window ends, by `performance.now()`. */
  until: number
}

/** What is left of a quota after something was spent of it. */
export interface Balance {
  isSpent: boolean
  left: number
  /** Milliseconds until it is whole again. */
  endsInMs: number
}

/** Spends quotas that all processes share. No process spends what another has taken. */
export class Shares {
  readonly #quotas: Quotas
  readonly #held = new Map<string, Held>()

  constructor(quotas: Quotas) {
    this.#quotas = quotas
  }

  /**
   * Spends `amount` of a quota, or nothing where less is left.
   *
   * @returns at once where this process has some to spare
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  spend(quota: Quota, amount: number = 1): Balance | Promise<Balance> {
    const held = this.#held.get(quota.name)
    const now = performance.now()
    if (held === undefined || held.until <= now || held.spare < amount) return this.#take(quota, amount)
    held.spare -= amount
    return { isSpent: true, left: held.spare + held.left, endsInMs: held.until - now }
  }

  async #take(quota: Quota, amount: number): Promise<Balance> {
    const asked = performance.now() // the window ends no later than this says: an answer takes time
    const { taken, left, endsInMs } = await this.#quotas.take(quota, { least: amount, parts: PARTS })
    const spare = taken - amount
    if (spare > 0) this.#keep(quota.name, { spare, left, until: asked + endsInMs })
    return { isSpent: taken > 0, left: Math.max(spare, 0) + left, endsInMs }
  }

  #keep(name: string, more: Held): void {
    const before = this.#held.get(name)
    const now = performance.now()
    if (this.#held.size >= MOST_KNOWN)
      for (const [other, { until }] of this.#held) if (until <= now) this.#held.delete(other)
    const spare = before !== undefined && before.until > now ? before.spare + more.spare : more.spare
    this.#held.set(name, { ...more, spare })
  }
}
