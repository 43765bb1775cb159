import { UnrollError } from '@unroll/contract'
import { Redis, type CommonRedisOptions } from 'ioredis'
import { addressFault, shownAddress } from './address.ts'
import { probe, UnfitServerError, withAdvice } from './probe.ts'

export type OnError = (error: Error) => void

const RECONNECT = { minMs: 50, maxMs: 1_000, factor: 2 }
const COMMAND_MS = 5_000
const OLDEST_SERVER = [6, 2] as const // of BullMQ, and of reading a sorted set by rank range

export type ConnectionMode = 'commands' | 'consumer' | 'patient'

/** How a connection behaves while the server is away. */
const MANNERS: Record<
  ConnectionMode,
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
export function connect(url: string, manner: ConnectionMode, onError: OnError): Redis {
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
 * Opens a connection and sees that the server will do: one that cannot serve as it is, is refused, and one that may do later
 * is not.
 *
 * @param probeKey that `probe` writes to
 * @throws {UnrollError} STORE_UNAVAILABLE, with what is wrong and what to change
 */
export async function openConnection(
  url: string,
  manner: ConnectionMode,
  { probeKey, onError }: { probeKey: string; onError: OnError },
): Promise<Redis> {
  const fault = addressFault(url)
  if (fault !== undefined) throw new UnrollError('STORE_UNAVAILABLE', `Cannot open the store: its address ${fault}`)
  let last: Error | undefined
  const redis = connect(url, manner, (error) => {
    last = error
    onError(error)
  })
  try {
    await redis.connect()
    refuseOldServer(await serverInfo(redis))
    await probe(redis, url, probeKey).catch(refuseForGood)
    return redis
  } catch (error) {
    redis.disconnect()
    const cause = error instanceof UnfitServerError ? error : (last ?? error)
    const reply = cause instanceof Error ? cause.message : String(cause)
    const why = cause instanceof UnfitServerError ? reply : withAdvice(reply) // the probe's has its advice
    throw new UnrollError('STORE_UNAVAILABLE', `Cannot open the store at "${shownAddress(url)}": ${why}`, { cause })
  }
}

function refuseForGood(error: unknown): void {
  if (!(error instanceof UnfitServerError) || !error.isPassing) throw error
}

/** The fields of INFO by name. */
export async function serverInfo(redis: Redis): Promise<Map<string, string>> {
  const lines = (await redis.info()).split('\r\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Throws unless the server, by its INFO, is new enough. */
export function refuseOldServer(info: Map<string, string>): void {
  if (isAtLeast(info, OLDEST_SERVER)) return
  throw new Error(`Redis must be ${OLDEST_SERVER.join('.')} or newer: this is ${info.get('redis_version') ?? '0'}`)
}

/** Whether the server, by its INFO, understands what a version of Redis does. */
export function isAtLeast(info: Map<string, string>, [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = (info.get('redis_version') ?? '0').split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
