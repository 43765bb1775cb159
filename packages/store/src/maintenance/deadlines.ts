import type { Context } from '../redis/context.ts'
import { timeText } from '../redis/ranges.ts'
import { dequeue } from '../queue/deliveries.ts'

const CHUNK = 100

/**
 * Ends the jobs whose deadline has passed. Several processes may run it at the same time, beside workers.
 *
 * @returns the number of failed jobs
 */
export async function expireDue(context: Context): Promise<number> {
  const { db, keys, now } = context
  const [from, to] = ['[due:', `(due:${timeText(await now())}~`]
  let ended = 0
  for (let seen = 0; ; seen += CHUNK) {
    // Ended jobs leave the list; jobs whose worker is still stopping stay in it.
    const due = await db.command((redis) => redis.zrangebylex(keys.index, from, to, 'LIMIT', seen - ended, CHUNK))
    const outcomes = await Promise.all(due.map((member) => expire(context, member.slice(member.lastIndexOf(':') + 1))))
    ended += outcomes.filter((outcome) => outcome === 'failed').length
    if (due.length < CHUNK) return ended
  }
}

async function expire(context: Context, id: string): Promise<'asked' | 'failed' | 'waiting'> {
  const { db, keys, clock, timing } = context
  const args = [id, clock(), keys.control, timing.deadlineGraceMs]
  const outcome = await db.script<'asked' | 'failed' | 'waiting'>('expire', keys.job(id), args)
  if (outcome === 'failed') await dequeue(context, id)
  return outcome
}
