import { isAtLeast, serverInfo } from '../redis/connection.ts'
import type { Context } from '../redis/context.ts'
import { probe } from '../redis/probe.ts'

/** The first version that can confirm a write to disk. */
const WAITS_FOR_DISK = [7, 2] as const

export interface Health {
  /** Whether the server does what jobs need. */
  ready: boolean
  pingMs: number | null
  /** Such as "Valkey 9.1.2". */
  server: string | null
  /** In words: the reason why it is not ready, or settings with which jobs may be lost. */
  warnings: string[]
}

/** Tests whether the server does what jobs need, and whether its settings prevent the loss of jobs. */
export async function health({ db, url, keys }: Context): Promise<Health> {
  const since = performance.now()
  try {
    await db.command((redis) => redis.ping())
    const pingMs = performance.now() - since
    await db.command((redis) => probe(redis, url, keys.probe))
    const info = await db.command(serverInfo)
    return { ready: true, pingMs, server: serverName(info), warnings: findWarnings(info) }
  } catch (error) {
    return {
      ready: false,
      pingMs: null,
      server: null,
      warnings: [error instanceof Error ? error.message : String(error)],
    }
  }
}

function serverName(info: Map<string, string>): string {
  const valkey = info.get('valkey_version')
  return valkey === undefined ? `Redis ${info.get('redis_version') ?? 'of unknown version'}` : `Valkey ${valkey}`
}

function findWarnings(info: Map<string, string>): string[] {
  const warnings: string[] = []
  const policy = info.get('maxmemory_policy')
  if (policy !== 'noeviction')
    warnings.push(
      `Redis may drop jobs when its memory is full: maxmemory-policy must be "noeviction", it is "${policy}"`,
    )
  if (info.get('aof_enabled') !== '1')
    warnings.push('Redis may lose accepted jobs when it crashes: appendonly must be "yes", it is "no"')
  if (!isAtLeast(info, WAITS_FOR_DISK))
    warnings.push(
      `Redis may lose jobs of its last second when it crashes: to wait for its disk it must be ${WAITS_FOR_DISK.join('.')} or newer, it is ${info.get('redis_version')}`,
    )
  if (info.get('aof_last_write_status') === 'err')
    warnings.push('Redis cannot write its append-only file: the last write failed')
  return warnings
}
