import type { Redis } from 'ioredis'
import { available } from '../redis/database.ts'
import type { Keys } from '../redis/keys.ts'

/** The topic of consumers. */
export const QUEUE_TOPIC = 'queue'

/**
 * Wakes processes that must look at once: the holder of a job with a stop request, a worker with a drain request, idle
 * consumers when a job arrives. The state that they find counts: a lost message only costs time, until they look by
 * themselves.
 */
export interface Control {
  /**
   * Calls back on a message.
   *
   * @param topic the id of a job or worker, or QUEUE_TOPIC
   * @returns a function that ends the subscription
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  subscribe(topic: string, callback: () => void): Promise<() => void>
  /**
   * Calls back with what is sent to a mailbox, whose messages no other process receives.
   *
   * @param name of the mailbox, of one process at a time
   * @returns a function that ends the subscription
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  receive(name: string, callback: (message: Buffer) => void): Promise<() => void>
}

/** Control over a separate connection, which opens with the first subscription. */
export function createControl(redis: Redis, keys: Keys): Control {
  const topics = new Callbacks<() => void>()
  const mailboxes = new Callbacks<(message: Buffer) => void>()
  let listening: Promise<unknown> | undefined

  redis.on('messageBuffer', (source: Buffer, message: Buffer) => {
    const channel = source.toString()
    if (channel === keys.control) for (const callback of topics.of(message.toString())) callback()
    else for (const callback of mailboxes.of(channel)) callback(message)
  })

  async function open(): Promise<void> {
    if (redis.status === 'wait') await redis.connect()
    await redis.subscribe(keys.control) // ioredis repeats the subscription after a reconnection
  }

  async function listen(): Promise<void> {
    listening ??= available(open).catch((error: unknown) => {
      listening = undefined
      throw error
    })
    await listening
  }

  return {
    async subscribe(topic, callback) {
      await listen()
      topics.add(topic, callback)
      return () => void topics.remove(topic, callback)
    },
    async receive(name, callback) {
      const channel = keys.mailbox(name)
      await listen()
      mailboxes.add(channel, callback)
      await available(() => redis.subscribe(channel)).catch((error: unknown) => {
        mailboxes.remove(channel, callback)
        throw error
      })
      return () => {
        if (mailboxes.remove(channel, callback) === 0) redis.unsubscribe(channel).catch(() => {}) // without a connection none comes
      }
    },
  }
}

/** Who is called back, by what for. */
class Callbacks<Callback> {
  readonly #all = new Map<string, Set<Callback>>()

  of(name: string): Iterable<Callback> {
    return this.#all.get(name) ?? []
  }

  add(name: string, callback: Callback): void {
    const all = this.#all.get(name) ?? new Set()
    this.#all.set(name, all.add(callback))
  }

  /** @returns how many of the name are left */
  remove(name: string, callback: Callback): number {
    const all = this.#all.get(name)
    all?.delete(callback)
    if (all?.size === 0) this.#all.delete(name)
    return all?.size ?? 0
  }
}
