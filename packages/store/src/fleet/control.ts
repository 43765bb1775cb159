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
}

/** Control over a separate connection, which opens with the first subscription. */
export function createControl(redis: Redis, keys: Keys): Control {
  const callbacks = new Map<string, Set<() => void>>()
  let subscribed: Promise<unknown> | undefined

  redis.on('message', (_channel: string, topic: string) => {
    for (const callback of callbacks.get(topic) ?? []) callback()
  })

  async function open(): Promise<void> {
    if (redis.status === 'wait') await redis.connect()
    await redis.subscribe(keys.control) // ioredis repeats the subscription after a reconnection
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
