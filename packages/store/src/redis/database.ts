import { UnrollError } from '@unroll/contract'
import type { Redis } from 'ioredis'
import { UnfitServerError, refusedWith, withAdvice } from './probe.ts'
import { SCRIPT_NAMES, scriptText, type ScriptName } from './scripts.ts'

type Argument = string | number | Buffer

/** The single connection for commands and scripts, with errors of the catalogue. */
export interface Database {
  readonly redis: Redis
  /** Runs a script. Its head in `lua/` describes `Reply`. */
  script<Reply>(name: ScriptName, keys: readonly string[], args: readonly Argument[]): Promise<Reply>
  /** Runs a script and returns every text of the reply as bytes. */
  binaryScript<Reply>(name: ScriptName, keys: readonly string[], args: readonly Argument[]): Promise<Reply>
  /** Runs any other command. */
  command<Reply>(send: (redis: Redis) => Promise<Reply>): Promise<Reply>
}

/** Replies of a server that cannot serve now: out of memory (EXECABORT within a transaction), a replica … */
const UNABLE =
  /^(?:OOM|EXECABORT|LOADING|MISCONF|READONLY|NOREPLICAS|BUSY|MASTERDOWN|CLUSTERDOWN|MOVED|NOAUTH|WRONGPASS|NOPERM)\b/

export function createDatabase(redis: Redis): Database {
  for (const name of SCRIPT_NAMES) redis.defineCommand(nameCommand(name), { lua: scriptText(name) })
  const run = <Reply>(command: string, keys: readonly string[], args: readonly Argument[]) =>
    available(() => {
      const commands = redis as unknown as Record<string, (...all: unknown[]) => Promise<Reply>>
      const send = commands[command]
      if (send === undefined) throw new TypeError(`Cannot run script "${command}": it was not defined`)
      return send.call(redis, keys.length, ...keys, ...args)
    })
  return {
    redis,
    script: (name, keys, args) => run(nameCommand(name), keys, args),
    binaryScript: (name, keys, args) => run(`${nameCommand(name)}Buffer`, keys, args),
    command: (send) => available(() => send(redis)),
  }
}

/** Milliseconds since 1970 by the clock of the server. */
export async function serverTime(db: Database): Promise<number> {
  const [seconds = 0, microseconds = 0] = (await db.command((redis) => redis.time())).map(Number)
  return seconds * 1_000 + Math.floor(microseconds / 1_000)
}

function nameCommand(name: ScriptName): string {
  return `unroll_${name}`
}

/**
 * The outcome of `work`; if the server is unreachable or cannot serve, the error is STORE_UNAVAILABLE. The request may
 * have been executed all the same: every write of the store can be repeated.
 */
export async function available<Reply>(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || isOurs(error)) throw error
    const what = error.name === 'ReplyError' ? 'Redis cannot serve' : 'Cannot reach Redis'
    throw new UnrollError('STORE_UNAVAILABLE', `${what}: ${withAdvice(error.message)}`, { cause: error })
  }
}

/**
 * Whether an error says nothing about the server: an error of the catalogue, a refused command, a fault in our own
 * code.
 */
function isOurs(error: Error): boolean {
  if (error.name === 'ReplyError') return !UNABLE.test(refusedWith(error.message))
  return [UnrollError, UnfitServerError, TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind)
}
