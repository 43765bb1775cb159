import { failpoint } from '@unroll/failpoints'
import type { DeliveryAttempt } from '@unroll/contract'
import type { TakenNotification } from '@unroll/store'
import type { FastifyBaseLogger } from 'fastify'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Services } from '../types.ts'
import { AddressRefusedError, type ReceiverAddresses } from './addresses.ts'
import { postNotification } from './post.ts'

const EVERY_MS = 500
/** An attempt takes no longer, also where the receiver answers slowly. */
const ATTEMPT_MS = 10_000
const MOST_AT_ONCE = 64
/** Of those, to one host: a slow receiver does not hold up others. */
const MOST_AT_ONE_HOST = 8
const BUSY_MS = 1_000
/** After the first attempt; each further pause is three times as long, up to the longest. */
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 12 * 3_600_000
/** About 37 hours. */
const MOST_ATTEMPTS = 12

type Needed = Pick<Services, 'store'> & { receiverAddresses: ReceiverAddresses }
type Log = Pick<FastifyBaseLogger, 'warn'>

/**
 * Sends notifications until it is closed, each at least once. Several processes may run it at the same time: what one
 * leaves undone, another one does.
 *
 * @param options.firstPauseMs before the second attempt
 * @default 5000
 */
export function sendNotifications(
  services: Needed,
  log: Log,
  { firstPauseMs = FIRST_PAUSE_MS }: { firstPauseMs?: number } = {},
): Rounds {
  const sending = new Set<Promise<void>>()
  const byHost = new Map<string, number>()
  const stop = new AbortController()
  const told = (err: unknown) => log.warn({ err }, 'notification not settled yet')

  async function deliver(taken: TakenNotification): Promise<void> {
    const url = new URL(taken.url)
    const busy = byHost.get(url.host) ?? 0
    if (busy >= MOST_AT_ONE_HOST) return await taken.settle(undefined, BUSY_MS)
    byHost.set(url.host, busy + 1)
    try {
      failpoint('notification.taken')
      const attempt = await attemptDelivery(services, taken, url, stop.signal)
      failpoint('notification.answered')
      if (stop.signal.aborted && attempt.error !== null) return await taken.settle(undefined, 0)
      const pause = Math.min(firstPauseMs * 3 ** taken.attempts, LONGEST_PAUSE_MS) * (1 + Math.random() / 10)
      const isOver = attempt.error === null || taken.attempts + 1 >= MOST_ATTEMPTS
      if (isOver && attempt.error !== null) log.warn({ delivery: taken.notification.id }, 'notification given up')
      await taken.settle(attempt, isOver ? null : pause)
    } finally {
      const left = (byHost.get(url.host) ?? 1) - 1
      if (left > 0) byHost.set(url.host, left)
      else byHost.delete(url.host)
    }
  }

  const rounds = inRounds(
    EVERY_MS,
    async () => {
      const room = MOST_AT_ONCE - sending.size
      if (room === 0) return
      for (const taken of await services.store.notifications.take(room)) {
        const sent: Promise<void> = deliver(taken)
          .catch(told)
          .finally(() => sending.delete(sent))
        sending.add(sent)
      }
    },
    told,
  )
  return {
    async close() {
      stop.abort()
      await rounds.close()
      await Promise.all(sending)
    },
  }
}

async function attemptDelivery(
  { receiverAddresses: addresses }: Needed,
  { notification, secret }: TakenNotification,
  url: URL,
  stop: AbortSignal,
): Promise<DeliveryAttempt> {
  const at = new Date().toISOString()
  if (secret === null) return { at, answer: null, error: 'the secret is forgotten: it was not used for too long' }
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ATTEMPT_MS)])
  try {
    const answer = await postNotification(notification, { url, secret, addresses, signal })
    if (answer >= 200 && answer < 300) return { at, answer, error: null }
    return { at, answer, error: answer < 400 ? 'redirects are not followed' : `answered ${answer}` }
  } catch (error) {
    return { at, answer: null, error: describeFailure(error) }
  }
}

/** A failure by its code: messages of the network have addresses in them. */
function describeFailure(error: unknown): string {
  if (error instanceof AddressRefusedError) return `the host ${error.message}`
  const { code, name, cause } = error as { code?: unknown; name?: string; cause?: unknown }
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${ATTEMPT_MS / 1000} s`
  if (typeof code === 'string') return code
  return cause === undefined ? (name ?? 'unknown') : describeFailure(cause)
}
