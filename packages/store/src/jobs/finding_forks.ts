import type { Context } from '../redis/context.ts'
import { newestIds } from './paging.ts'

/** What became of the fork of a job at a finding: its id, or the reason why there is none. */
export type SettledFork = { job: string } | { why: string }

export type FindingForks = ReturnType<typeof findingForks>

/** Jobs that ended at a finding, and from which a new job is to go on. The list is written with their end. */
export function findingForks(context: Context) {
  const { db, keys, clock } = context
  return {
    /** Newest first. @throws {UnrollError} STORE_UNAVAILABLE */
    due: () => newestIds(context, keys.index, { prefix: 'to_fork:', limit: Number.MAX_SAFE_INTEGER }),
    /**
     * Takes a job off the list, with an event `job_forked` or `fork_refused`; once, however often it is called.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async settle(id: string, fork: SettledFork): Promise<'settled' | 'known'> {
      const code = 'job' in fork ? 'job_forked' : 'fork_refused'
      return await db.script('settle_fork', keys.job(id), [id, clock(), code, JSON.stringify(fork)])
    },
  }
}
