import { parseCursor } from '@unroll/contract'
import type { MetricsHead } from '@unroll/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isKnown } from './freshness.ts'
import type { Heads } from './heads.ts'

const MOST_SECONDS = 30

/**
 * The state of a run. For a client that sends `Prefer: wait=N` and has all rows, the state comes when there is news or
 * after N seconds, at most 30.
 */
export async function awaited(
  heads: Heads,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, after, format }: { id: string; after: string | undefined; format: string },
): Promise<{ head: MetricsHead; known: boolean }> {
  const seconds = parseWait(request)
  const isNews = (head: MetricsHead) => head.done || !(isKnown(request, reply, head, format) || isAt(head, after))
  const head = await heads.read(id)
  const waits = seconds > 0 && !isNews(head)
  if (waits) reply.header('preference-applied', `wait=${seconds}`) // immediate news has not waited (RFC 7240)
  const newest = waits ? await next(heads, { id, head, isNews, seconds, reply }) : head
  return { head: newest, known: isKnown(request, reply, newest, format) }
}

interface Wait {
  id: string
  head: MetricsHead
  isNews: (head: MetricsHead) => boolean
  seconds: number
  reply: FastifyReply
}

/** The first news of a run; `head` if none comes in time, or the client has gone. */
function next(heads: Heads, { id, head, isNews, seconds, reply }: Wait): Promise<MetricsHead> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reply.raw.off('close', giveUp)
      unfollow()
    }
    const giveUp = () => {
      end()
      resolve(head)
    }
    const timer = setTimeout(giveUp, seconds * 1_000)
    reply.raw.on('close', giveUp)
    const unfollow = heads.follow(id, {
      found: (found) => {
        if (!isNews(found)) return
        end()
        resolve(found)
      },
      failed: (error) => {
        end()
        reject(error)
      },
    })
  })
}

function parseWait({ headers }: FastifyRequest): number {
  const [, wait] = /(?:^|[,;\s])wait=(\d{1,6})\b/.exec(String(headers['prefer'] ?? '')) ?? []
  return Math.min(MOST_SECONDS, Number(wait ?? 0))
}

function isAt({ epoch, seq }: MetricsHead, after: string | undefined): boolean {
  if (after === undefined) return false
  const cursor = parseCursor(after)
  return cursor.epoch === epoch && cursor.seq === seq
}
