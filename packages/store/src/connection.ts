import { UnrollError } from '@unroll/spec'
import { Redis, type CommonRedisOptions } from 'ioredis'

export type OnError = (error: Error) => void

const RECONNECT = { minMs: 50, maxMs: 1_000, factor: 2 }
const COMMAND_MS = 5_000
const OLDEST_SERVER = [6, 2] as const // of BullMQ, and of reading a sorted set by rank range

export type Manner = 'commands' | 'consumer' | 'patient'

/** How a connection behaves while the server is away. */
const MANNERS: Record<
  Manner,
  Pick<CommonRedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout'>
> = {
  /** Fails at once: whoever asked decides what to do. */
  commands: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: COMMAND_MS },
  /** Waits for ever: a consumer goes on when the server is back. Blocking commands must not time out. */
  consumer: { maxRetriesPerRequest: null },
  /** Fails at once, but has all the time for a command that the server holds back. */
  patient: { enableOfflineQueue: false, maxRetriesPerRequest: 0 },
}

/** A connection, not yet open. Reconnecting goes on until it is closed. */
export function connect(url: string, manner: Manner, onError: OnError): Redis {
  const redis = new Redis(url, {
    ...MANNERS[manner],
    lazyConnect: true,
    retryStrategy: reconnectMs,
  })
  redis.on('error', onError)
  return redis
}

function reconnectMs(times: number): number {
  return Math.min(RECONNECT.minMs * RECONNECT.factor ** (times - 1), RECONNECT.maxMs)
}

/**
 * Opens a connection and sees that the server will do.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE, with what is wrong
 */
export async function openConnection(url: string, manner: Manner, onError: OnError): Promise<Redis> {
  let last: Error | undefined
  const redis = connect(url, manner, (error) => {
    last = error
    onError(error)
  })
  try {
    await redis.connect()
    refuseOldServer(await serverInfo(redis))
    return redis
  } catch (error) {
    redis.disconnect()
    const cause = last ?? error
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UnrollError('STORE_UNAVAILABLE', `Cannot open the store at "${new URL(url).host}": ${why}`, { cause })
  }
}

/** The fields of INFO by name. */
export async function serverInfo(redis: Redis): Promise<Map<string, string>> {
  const lines = (await redis.info()).split('\r\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Throws unless the server, by its INFO, is new enough. */
export function refuseOldServer(info: Map<string, string>): void {
  const version = info.get('redis_version') ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor >= OLDEST_SERVER[1])) return
  throw new Error(`Redis must be ${OLDEST_SERVER.join('.')} or newer: this is ${version}`)
}
