import type { Redis } from 'ioredis'
import { available } from '../redis/database.ts'
import type { Keys } from '../redis/keys.ts'

/** The topic of consumers. */
export const QUEUE_TOPIC = 'queue'

/**
 * Wakes whoever is to look at once: the holder of a job that is asked to stop, a worker that is to drain, idle consumers
 * when a job comes. What counts is what they find then: a lost nudge costs time, until they look by themselves, and
 * nothing else.
 */
export interface Control {
  /**
   * Calls back when there is something to look at.
   *
   * @param topic the id of a job or worker, or QUEUE_TOPIC
   * @returns a function that ends it
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  subscribe(topic: string, callback: () => void): Promise<() => void>
}

/** Control over a connection of its own, which opens with the first subscription. */
export function createControl(redis: Redis, keys: Keys): Control {
  const callbacks = new Map<string, Set<() => void>>()
  let subscribed: Promise<unknown> | undefined

  redis.on('message', (_channel: string, topic: string) => {
    for (const callback of callbacks.get(topic) ?? []) callback()
  })

  async function open(): Promise<void> {
    if (redis.status === 'wait') await redis.connect()
    await redis.subscribe(keys.control) // ioredis repeats it after a reconnect
  }

  return {
    async subscribe(topic, callback) {
      subscribed ??= available(open).catch((error: unknown) => {
        subscribed = undefined
        throw error
      })
      await subscribed
      const all = callbacks.get(topic) ?? new Set()
      callbacks.set(topic, all.add(callback))
      return () => {
        all.delete(callback)
        if (all.size === 0) callbacks.delete(topic)
      }
    },
  }
}
