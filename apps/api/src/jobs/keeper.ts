import { unless } from '@unroll/contract'
import { archiveRest } from '@unroll/history'
import type { FastifyBaseLogger } from 'fastify'
import { expireParts } from '../datasets/parts.ts'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Services } from '../types.ts'
import type { Deleting } from './deletion.ts'
import { expireJobs, expireSweeps } from './retention.ts'

const ROWS_EVERY_MS = 5_000
/** Time after the end of a run at which its rows leave Redis: its readers have them by then. */
const ROWS_GRACE_MS = 60_000
const AGE_EVERY_MS = 60_000
const PARTS_EVERY_MS = 3_600_000

type Log = Pick<FastifyBaseLogger, 'info' | 'warn'>

/**
 * Processes ended jobs until it is closed: moves their rows from Redis into Arrow files and, with a retention, deletes
 * older jobs. Parts of uploads that nobody goes on with are deleted too. Several processes may run it at the same time.
 *
 * @param services.retentionMs null to delete nothing
 */
export function keepEnded(services: Deleting & { retentionMs: number | null }, log: Log): Rounds {
  const { retentionMs } = services
  const rounds = [
    inRounds(
      ROWS_EVERY_MS,
      (signal) => archiveEnded(services, ROWS_GRACE_MS, { log, signal }),
      (error) => log.warn(error, 'rows of jobs that have ended not archived yet'),
    ),
  ]
  rounds.push(
    inRounds(
      PARTS_EVERY_MS,
      async () => {
        const parts = await expireParts(services)
        if (parts > 0) log.info({ parts }, 'parts of uploads deleted by their age')
      },
      (error) => log.warn(error, 'old parts of uploads not deleted yet'),
    ),
  )
  if (retentionMs !== null) {
    rounds.push(
      inRounds(
        AGE_EVERY_MS,
        (signal) => deleteOld(services, retentionMs, { log, signal }),
        (error) => log.warn(error, 'old jobs not deleted yet'),
      ),
    )
  }
  return {
    async close() {
      await Promise.all(rounds.map((each) => each.close()))
    },
  }
}

/**
 * Moves the rows of jobs that ended at least `forMs` ago into Arrow files. A failure for one job does not stop the
 * others.
 */
export async function archiveEnded(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  forMs: number,
  { log, signal }: { log: Log; signal?: AbortSignal },
): Promise<void> {
  const relisted = await store.ended.relist()
  if (relisted > 0) log.info({ relisted }, 'jobs listed by when they ended, as an older release did not')
  for await (const { id: jobId } of store.ended.each('rows', forMs)) {
    if (signal?.aborted === true) return
    try {
      const rows = await unless('JOB_NOT_FOUND', archiveRest(store.metrics, artifacts, jobId)) // deleted meanwhile
      log.info({ jobId, rows }, 'rows archived')
    } catch (error) {
      log.warn({ err: error, jobId }, 'rows of a job that has ended not archived yet')
    }
  }
}

/** Deletes jobs that ended at least `forMs` ago, then sweeps without remaining jobs. */
async function deleteOld(
  services: Deleting,
  forMs: number,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  for await (const _ of expireJobs(services, forMs)) if (signal.aborted) return
  const sweeps = await expireSweeps(services.store, forMs)
  if (sweeps.length > 0) log.info({ sweeps }, 'sweeps deleted by their age')
}
