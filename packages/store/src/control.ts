import type { Redis } from 'ioredis'
import { available } from './database.ts'
import type { Keys } from './keys.ts'

/** Wakes the holder of a job at once when it is asked to stop. What counts is the state of the job: a lost nudge costs time, until the next heartbeat, and nothing else. */
export interface Control {
  /**
   * Calls back when the job was asked to stop; `jobs.heartbeat` tells what is wanted.
   *
   * @returns a function that ends it
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  subscribe(jobId: string, callback: () => void): Promise<() => void>
}

/** Control over a connection of its own, which opens with the first subscription. */
export function createControl(redis: Redis, keys: Keys): Control {
  const callbacks = new Map<string, Set<() => void>>()
  let subscribed: Promise<unknown> | undefined

  redis.on('message', (_channel: string, jobId: string) => {
    for (const callback of callbacks.get(jobId) ?? []) callback()
  })

  async function open(): Promise<void> {
    if (redis.status === 'wait') await redis.connect()
    await redis.subscribe(keys.control) // ioredis repeats it after a reconnect
  }

  return {
    async subscribe(jobId, callback) {
      subscribed ??= available(open).catch((error: unknown) => {
        subscribed = undefined
        throw error
      })
      await subscribed
      const ofJob = callbacks.get(jobId) ?? new Set()
      callbacks.set(jobId, ofJob.add(callback))
      return () => {
        ofJob.delete(callback)
        if (ofJob.size === 0) callbacks.delete(jobId)
      }
    },
  }
}
