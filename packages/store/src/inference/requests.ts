// Requests that workers answer from a checkpoint, beside the jobs that they train: a BullMQ queue for each kind, in BullMQ's
// own order. A request whose worker is lost is delivered again.

import { WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { connect, type OnError } from '../redis/connection.ts'
import type { Context, RequestData, RequestKind, RequestQueues } from '../redis/context.ts'
import type { Keys } from '../redis/keys.ts'
import { UNLIMITED_STALLS, createQueue } from '../queue/deliveries.ts'
import { within } from '../queue/within.ts'

export const REQUEST_KINDS: readonly RequestKind[] = ['evaluations', 'predictions', 'replays']
const RETRY_MS = 1_000 // between attempts to take a request during an outage of the server

export function createRequestQueues(redis: Redis, keys: Keys, onError: OnError): RequestQueues {
  const create = createQueue<RequestData>
  const queues = REQUEST_KINDS.map((kind) => [kind, create(kind, redis, keys, onError)] as const)
  return Object.fromEntries(queues) as RequestQueues
}

/** Adds a request to its queue, unless it is there already. */
export async function enqueueRequest({ db, requests }: Context, kind: RequestKind, data: RequestData): Promise<void> {
  await db.command(() => requests[kind].add('answer', data, { jobId: data.id }))
}

/**
 * Answers a request.
 *
 * @param signal aborts when the worker closes: the request must be returned
 * @param delivery how often it was delivered, with this time
 * @returns 'done' when the queue may forget it; 'return' when it must deliver it again
 */
export type RequestHandler = (request: RequestData, signal: AbortSignal, delivery: number) => Promise<'done' | 'return'>

export interface Answering {
  /** Takes no more requests until it is undrained. */
  drain(): void
  undrain(): void
  /** Takes no more requests, aborts the running handlers and waits for them, for `timeoutMs` at most. */
  close(options: { timeoutMs: number }): Promise<void>
}

/** Takes requests of a kind, `concurrency` at a time, until it is closed, also after an outage of the server. */
export function answerRequests(
  context: Context,
  kind: RequestKind,
  handler: RequestHandler,
  { concurrency }: { concurrency: number },
): Answering {
  const { url, keys, timing, onError } = context
  const stop = new AbortController()
  const connection = connect(url, 'consumer', onError)
  const worker = new Worker<RequestData>(
    kind,
    async (delivery, token) => {
      const verdict = stop.signal.aborted
        ? 'return'
        : await handler(delivery.data, stop.signal, delivery.attemptsStarted)
      if (verdict === 'done') return
      await delivery.moveToWait(token)
      throw new WaitingError()
    },
    {
      connection,
      prefix: keys.queue,
      concurrency,
      lockDuration: timing.lockMs,
      stalledInterval: timing.stalledCheckMs,
      maxStalledCount: UNLIMITED_STALLS,
      runRetryDelay: RETRY_MS,
    },
  )
  worker.on('error', onError)
  return {
    drain: () => void worker.pause(true).catch(onError),
    undrain: () => worker.resume(),
    async close({ timeoutMs }) {
      stop.abort()
      await within(timeoutMs, worker.close().catch(onError))
      connection.disconnect()
    },
  }
}
