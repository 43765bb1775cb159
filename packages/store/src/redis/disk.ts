import { available } from './database.ts'
import type { Redis } from 'ioredis'

const FSYNC_MS = 5_000

/** Waits until what was written so far is on the server's disk. */
export interface Disk {
  settle(): Promise<void>
  close(): void
}

/**
 * Many callers share one round: WAITAOF blocks its connection for up to a second (`appendfsync everysec`), so that it
 * has a separate connection, and callers that arrive during a round share the next one.
 *
 * WAITAOF only covers writes of its own connection. Because the append-only file is one sequence, a mark written by
 * that connection is on disk only after every earlier write of any connection.
 */
export function createDisk(redis: Redis, mark: string): Disk {
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined
  let canWait = true

  async function round(): Promise<void> {
    if (redis.status === 'wait') await redis.connect()
    await redis.incr(mark)
    const [synced] = (await redis.call('WAITAOF', 1, 0, FSYNC_MS)) as [number, number]
    if (synced === 0) throw new Error(`the append-only file was not on disk within ${FSYNC_MS} ms`)
  }

  async function guardedRound(): Promise<void> {
    try {
      await available(round)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ReplyError') throw error
      canWait = false // an older server, or one without an append-only file: `health` reports it
    }
  }

  function startRound(): Promise<void> {
    current = guardedRound().finally(() => (current = undefined))
    return current
  }

  async function nextRound(after: Promise<void>): Promise<void> {
    await after.catch(() => {}) // its callers have seen the error
    next = undefined
    await startRound()
  }

  return {
    async settle() {
      if (!canWait) return
      if (current === undefined) return await startRound()
      next ??= nextRound(current)
      await next
    },
    close: () => redis.disconnect(),
  }
}
