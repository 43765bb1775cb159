// Tests whether a server does what the store needs. A server that answers PING may still be a replica, a node of a
// cluster, full, or without the requested database.

import type { Redis } from 'ioredis'
import { databaseNumber } from './address.ts'

/** Lifetime of the mark of a probe. */
const MARK_SECONDS = 60
const READ_BACK = "return redis.call('GET', KEYS[1])"

/** The sufficient permissions in the notation of `ACL SETUSER`. */
export const SUFFICIENT_ACL = '~{unroll}* &* +@all -@dangerous +info'

/** The reason why a server is unsuitable. */
export class UnfitServerError extends Error {
  override readonly name = 'UnfitServerError'
  /** Whether it may serve later without changes: false if REDIS_URL or the settings of the server must change. */
  readonly isPassing: boolean

  constructor(message: string, isPassing: boolean, cause: unknown) {
    super(message, { cause })
    this.isPassing = isPassing
  }
}

interface Refusal {
  /** Pattern of the server's reply. */
  readonly reply: RegExp
  readonly advice: string
  readonly isPassing: boolean
}

/** Possible replies of an unsuitable server, each with the remedy. */
const REFUSALS: readonly Refusal[] = [
  {
    reply: /^(?:NOAUTH|WRONGPASS)|AUTH <password>|invalid username-password/,
    advice: 'REDIS_URL must carry the user and password of the server, as in redis://user:password@host:6379',
    isPassing: false,
  },
  {
    reply: /^NOPERM/,
    advice: `The user of REDIS_URL must be allowed what the service does: ACL SETUSER … ${SUFFICIENT_ACL}`,
    isPassing: false,
  },
  {
    reply: /DB index|SELECT is not allowed/,
    advice: 'REDIS_URL must name a database that the server has: its setting `databases` says how many, from 0 on',
    isPassing: false,
  },
  {
    reply: /^(?:MOVED|ASK|CROSSSLOT|CLUSTERDOWN)/,
    advice: 'REDIS_URL must be the address of a server of its own, not of a node of a cluster',
    isPassing: false,
  },
  {
    reply: /^READONLY|NOREPLICAS/,
    advice: 'REDIS_URL must be the address of the primary server, not of a replica',
    isPassing: false,
  },
  {
    reply: /^OOM|command not allowed when used memory/,
    advice: 'Its memory is full: raise its setting `maxmemory`, or delete jobs that have ended',
    isPassing: true,
  },
  { reply: /^MISCONF/, advice: 'It cannot write to its disk: its log says why', isPassing: true },
  { reply: /^(?:LOADING|BUSY|MASTERDOWN)/, advice: 'It cannot serve yet: wait for it', isPassing: true },
]

/** The text that Redis before 7 puts around the reply to a command in a script. */
const WITHIN_SCRIPT = /^ERR Error running script \(call to \w+\): @user_script:\s*\d+: (?:@user_script:\s*\d+: )?-?/
/** The reply, without a code of its own, to a command in a script that the user may not send. */
const SCRIPT_DENIED = /^(?:ERR )?(?:ACL failure in script|The user executing the script can't)/

/** The reply to a refused command, in the words of every version. */
export function refusedWith(reply: string): string {
  const said = reply.replace(WITHIN_SCRIPT, '')
  return SCRIPT_DENIED.test(said) ? `NOPERM ${said}` : said
}

/**
 * Does with a separate key what the store does with jobs: selects the database, writes, reads back and runs a script.
 *
 * @throws {UnfitServerError} that names the failed step, the reply and the remedy; other errors are those of the
 * connection
 */
export async function probe(redis: Redis, url: string, key: string): Promise<void> {
  const mark = `${process.pid}.${performance.now()}`
  const steps: readonly (readonly [what: string, send: () => Promise<unknown>])[] = [
    [`select database ${databaseNumber(url)}`, () => redis.select(databaseNumber(url))],
    ['write', () => redis.set(key, mark, 'EX', MARK_SECONDS)],
    ['run a script', () => redis.eval(READ_BACK, 1, key)],
  ]
  for (const [what, send] of steps) await send().catch((error: unknown) => refuse(what, error))
  const read = await redis.get(key).catch((error: unknown) => refuse('read', error))
  if (read === null) throw new UnfitServerError('Redis does not hold what was just written', true, undefined)
}

function refuse(what: string, error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'ReplyError') throw error
  const isPassing = findRefusal(error.message)?.isPassing ?? false
  throw new UnfitServerError(`Redis refuses to ${what}: ${withAdvice(error.message)}`, isPassing, error)
}

/** The reply of a server, and the remedy. */
export function withAdvice(reply: string): string {
  const refusal = findRefusal(reply)
  return refusal === undefined ? reply : `"${refusedWith(reply)}". ${refusal.advice}`
}

function findRefusal(reply: string): Refusal | undefined {
  const said = refusedWith(reply)
  return REFUSALS.find((refusal) => refusal.reply.test(said))
}
