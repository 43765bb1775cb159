import { unless } from '@unroll/contract'
import type { Store } from '@unroll/store'
import type { Services } from '../types.ts'
import { deleteJob, type Deleting } from './deletion.ts'

export interface Expired {
  id: string
  /** Milliseconds since 1970. */
  endedAt: number
  /** Of its artifacts. */
  bytes: number
}

/**
 * Deletes jobs that ended at least `forMs` ago, in the order of their ends, each before it is yielded: a consumer that
 * stops also stops the deletion. Jobs that are kept, and jobs of sweeps that have not ended, stay. An interrupted
 * deletion is completed.
 */
export async function* expireJobs(services: Deleting, forMs: number): AsyncGenerator<Expired> {
  const { ended } = services.store
  for await (const { id, endedAt } of ended.each('ended', forMs)) {
    if ((await ended.expire(id, forMs)) !== 'expired') continue
    const bytes = await unless('JOB_NOT_FOUND', deleteJob(services, id, 'age')) // deleted by another process meanwhile
    if (bytes !== undefined) yield { id, endedAt, bytes }
  }
}

/** The jobs that `expireJobs` would delete. */
export async function* expirableJobs(
  { store: { ended }, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  forMs: number,
): AsyncGenerator<Expired> {
  for await (const { id, endedAt } of ended.each('ended', forMs)) {
    if ((await ended.expire(id, forMs, { isTrial: true })) !== 'expired') continue
    let sum = 0
    for await (const { bytes } of artifacts.list(`jobs/${id}`)) sum += bytes
    yield { id, endedAt, bytes: sum }
  }
}

/**
 * Deletes sweeps that ended at least `forMs` ago and have no jobs left.
 *
 * @returns their ids
 */
export async function expireSweeps({ ended, sweeps }: Store, forMs: number): Promise<string[]> {
  const empty = await ended.emptySweeps(forMs)
  for (const id of empty) await unless('SWEEP_NOT_FOUND', sweeps.delete(id))
  return empty
}
