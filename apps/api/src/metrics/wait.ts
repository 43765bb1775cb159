import { setTimeout as sleep } from 'node:timers/promises'
import { parseCursor } from '@unroll/spec'
import type { MetricsHead } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isKnown } from './freshness.ts'
import type { Heads } from './heads.ts'

const MOST_SECONDS = 30
const LOOK_MS = 100

/**
 * Where a run is: at once, or, for a client that sends `Prefer: wait=N` and knows all there is, when there is more or N
 * seconds, 30 at most, are over.
 */
export async function awaited(
  heads: Heads,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, after, format }: { id: string; after: string | undefined; format: string },
): Promise<{ head: MetricsHead; known: boolean }> {
  const seconds = secondsOf(request)
  const until = performance.now() + seconds * 1_000
  if (seconds > 0) reply.header('preference-applied', `wait=${seconds}`)
  for (;;) {
    const head = await heads.read(id)
    const known = isKnown(request, reply, head, format)
    const isOver = performance.now() >= until || reply.raw.destroyed
    if (head.done || isOver || !(known || isAt(head, after))) return { head, known }
    await sleep(LOOK_MS)
  }
}

function secondsOf({ headers }: FastifyRequest): number {
  const [, wait] = /(?:^|[,;\s])wait=(\d{1,6})\b/.exec(String(headers['prefer'] ?? '')) ?? []
  return Math.min(MOST_SECONDS, Number(wait ?? 0))
}

function isAt({ epoch, seq }: MetricsHead, after: string | undefined): boolean {
  if (after === undefined) return false
  const cursor = parseCursor(after)
  return cursor.epoch === epoch && cursor.seq === seq
}
