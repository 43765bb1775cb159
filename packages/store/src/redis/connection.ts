import { UnrollError } from '@unroll/contract'
import { Redis, type CommonRedisOptions } from 'ioredis'
import { addressFault, shownAddress } from './address.ts'
import { probe, UnfitServerError, withAdvice } from './probe.ts'

export type OnError = (error: Error) => void

const RECONNECT = { minMs: 50, maxMs: 1_000, factor: 2 }
const COMMAND_MS = 5_000
const OLDEST_SERVER = [6, 2] as const // required by BullMQ and by reading a sorted set by rank range

export type ConnectionMode = 'commands' | 'consumer' | 'patient'

/** The behaviour of a connection during an outage of the server. */
const MANNERS: Record<
  ConnectionMode,
  Pick<CommonRedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout'>
> = {
  /** Fails at once: the caller decides what to do. */
  commands: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: COMMAND_MS },
  /** Waits forever: a consumer continues when the server is back. Blocking commands must not time out. */
  consumer: { maxRetriesPerRequest: null },
  /** Fails at once, but has no timeout for a command that the server delays. */
  patient: { enableOfflineQueue: false, maxRetriesPerRequest: 0 },
}

/** A connection that is not open yet. It reconnects until it is closed. */
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
 * Opens a connection and checks that the server is suitable: refuses one that cannot serve with its settings, but not
 * one that may serve later.
 *
 * @param probeKey that `probe` writes to
 * @throws {UnrollError} STORE_UNAVAILABLE, with the fault and the remedy
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

/** Whether the server, by its INFO, supports the commands of a Redis version. */
export function isAtLeast(info: Map<string, string>, [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = (info.get('redis_version') ?? '0').split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
