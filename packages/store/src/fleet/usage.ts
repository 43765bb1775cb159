import type { TrainingUse } from '@unroll/contract'
import { serverInfo } from '../redis/connection.ts'
import type { Context } from '../redis/context.ts'
import { idChunks } from '../jobs/paging.ts'
import { isoTime } from '../redis/iso_time.ts'

const DAY_MS = 86_400_000
const CHUNK = 500

export interface TrainingUsage {
  /** Time of the reading, by the server's clock. */
  as_of: string
  /** Start of the count; null before any training. */
  since: string | null
  /** By day, engine, device and project. */
  days: TrainingUse[]
}

export interface RedisUsage {
  /** Start of the measurement, by the server's clock. */
  as_of: string
  /** Bytes of everything in the server, including data of others. */
  memory_bytes: number
  /** Bytes of rows of metrics that are not in segments. */
  rows: { jobs: number; bytes: number }
}

export type Usage = ReturnType<typeof usage>

/** The training counts of the service, and its storage in Redis. */
export function usage(context: Context) {
  const { db, keys, now } = context
  return {
    /**
     * The training from one day to another, both included, such as `2026-11-28`, in UTC.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async training(fromDay: string, toDay: string): Promise<TrainingUsage> {
      const { since, ...uses } = await db.command((redis) => redis.hgetall(keys.usage))
      const byUse = new Map<string, TrainingUse>()
      for (const [name, amount] of Object.entries(uses)) {
        const [day, what, engine, device, project] = JSON.parse(name) as [
          number,
          'ms' | 'steps',
          string,
          string,
          string,
        ]
        const date = isoTime(day * DAY_MS).slice(0, 10)
        if (date < fromDay || date > toDay) continue
        const key = JSON.stringify([date, engine, device, project])
        const use = byUse.get(key) ?? { date, engine, device, project: project || null, seconds: 0, steps: 0 }
        if (what === 'ms') use.seconds = Number(amount) / 1_000
        else use.steps = Number(amount)
        byUse.set(key, use)
      }
      return {
        as_of: isoTime(await now()),
        since: since === undefined ? null : isoTime(Number(since)),
        days: [...byUse].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use),
      }
    },
    /**
     * Bytes of memory that the server uses, with data of others, and that it may use: half of those of its machine where it has
     * no setting `maxmemory`.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async memory(): Promise<{ usedBytes: number; mostBytes: number }> {
      const info = await db.command(serverInfo)
      const mostBytes = Number(info.get('maxmemory')) || Number(info.get('total_system_memory')) / 2 || Infinity
      return { usedBytes: Number(info.get('used_memory')), mostBytes }
    },
    /** Measures every job. @throws {UnrollError} STORE_UNAVAILABLE */
    async redis(): Promise<RedisUsage> {
      const as_of = isoTime(await now())
      const rows = { jobs: 0, bytes: 0 }
      for await (const ids of idChunks(context, keys.index, { prefix: 'all:', size: CHUNK })) {
        const sizes = await db.command((redis) =>
          Promise.all(ids.map((id) => redis.hmget(keys.record(id), 'scalar_bytes', 'flow_bytes'))),
        )
        for (const [scalars, flow] of sizes) {
          const bytes = Number(scalars) + Number(flow)
          rows.bytes += bytes
          if (bytes > 0) rows.jobs += 1
        }
      }
      const info = await db.command(serverInfo)
      return { as_of, memory_bytes: Number(info.get('used_memory')), rows }
    },
  }
}
