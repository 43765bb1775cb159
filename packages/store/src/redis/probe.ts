// Whether a server does what the store needs of it. One that merely answers PING may be a replica, a node of a cluster, full,
// or without the database that was asked for.

import type { Redis } from 'ioredis'
import { databaseNumber } from './address.ts'

/** How long the mark of a probe stays. */
const MARK_SECONDS = 60
const READ_BACK = "return redis.call('GET', KEYS[1])"

/** The permissions that suffice, as `ACL SETUSER` takes them. */
export const SUFFICIENT_ACL = '~{unroll}* &* +@all -@dangerous +info'

/** Why a server will not do. */
export class UnfitServerError extends Error {
  override readonly name = 'UnfitServerError'
  /** Whether it may do later, as it is: false where REDIS_URL or the server's settings must be changed. */
  readonly isPassing: boolean

  constructor(message: string, isPassing: boolean, cause: unknown) {
    super(message, { cause })
    this.isPassing = isPassing
  }
}

interface Refusal {
  /** Of the server's reply. */
  readonly reply: RegExp
  readonly advice: string
  readonly isPassing: boolean
}

/** What a server may answer to what the store needs, and what is to be changed. */
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

/** What Redis before 7 puts around the reply to a command of a script. */
const WITHIN_SCRIPT = /^ERR Error running script \(call to \w+\): @user_script:\s*\d+: (?:@user_script:\s*\d+: )?-?/
/** What servers say, without a code of its own, of a command of a script that the user may not send. */
const SCRIPT_DENIED = /^(?:ERR )?(?:ACL failure in script|The user executing the script can't)/

/** What a server replied to the command that it refused, in the words of every version. */
export function refusedWith(reply: string): string {
  const said = reply.replace(WITHIN_SCRIPT, '')
  return SCRIPT_DENIED.test(said) ? `NOPERM ${said}` : said
}

/**
 * Does with a key of its own what the store does with jobs: selects the database, writes, reads back and runs a script.
 *
 * @throws {UnfitServerError} that names what failed, what the server said and what to change; other errors are those of the
 *   connection
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

/** What a server said, and what to change. */
export function withAdvice(reply: string): string {
  const refusal = findRefusal(reply)
  return refusal === undefined ? reply : `"${refusedWith(reply)}". ${refusal.advice}`
}

function findRefusal(reply: string): Refusal | undefined {
  const said = refusedWith(reply)
  return REFUSALS.find((refusal) => refusal.reply.test(said))
}
