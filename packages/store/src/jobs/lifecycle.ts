import {
  UnrollError,
  amend,
  type ErrorCode,
  type Job,
  type JobPatch,
  type JobSpec,
  type JobStatus,
} from '@unroll/contract'
import { owners } from '../access/owners.ts'
import { stored } from '../access/stored.ts'
import type { Context } from '../redis/context.ts'
import { dequeue, prioritize, requeue } from '../queue/deliveries.ts'
import { noSuchJob } from '../redis/errors.ts'
import { findFork } from './forks.ts'
import { getJob } from './jobs.ts'

/** The requests of clients about the life of a job. Each may be repeated with the same result. */
export function lifecycle(context: Context) {
  const { db, keys, clock } = context
  return {
    /**
     * Cancels a job: `cancelled` at once when no worker holds it, else `cancelling` until its worker has stopped.
     *
     * @throws {UnrollError} JOB_ENDED, JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    cancel: (id: string) => stop(context, id, 'cancel'),
    /**
     * Pauses a job: `paused` at once when no worker holds it, else `pausing` until its worker has stopped.
     *
     * @throws {UnrollError} JOB_ENDED, JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    pause: (id: string) => stop(context, id, 'pause'),
    /**
     * Resumes a paused job. Another job is not changed.
     *
     * @throws {UnrollError} JOB_BUSY while it is `pausing`, JOB_ENDED, JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    async resume(id: string): Promise<Job> {
      const outcome = await db.script<JobStatus | 'busy' | 'ended' | 'not_found'>('resume', keys.job(id), [id, clock()])
      if (outcome === 'busy') throw refusal('JOB_BUSY', 'resume', id, 'its worker is still stopping')
      if (outcome === 'ended') throw refusal('JOB_ENDED', 'resume', id, 'it has ended or is being cancelled')
      await requeue(context, id)
      return await getJob(context, id)
    },
    /**
     * Changes name, priority, metadata, or whether the job is kept.
     *
     * @param options.revision refuses unless the job is still at this revision.
     * @default any revision
     * @throws {UnrollError} JOB_CHANGED, INVALID_SPECIFICATION, JOB_ENDED when the priority of an ended job is changed,
     * JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    async update(
      id: string,
      patch: JobPatch,
      { revision: wanted }: { revision?: number | undefined } = {},
    ): Promise<Job> {
      for (;;) {
        const { spec, revision, kept } = await getJob(context, id)
        if (wanted !== undefined && wanted !== revision)
          throw refusal('JOB_CHANGED', 'change', id, `revision must be ${wanted}, it is ${revision}`)
        const { keep = kept, ...changes } = patch
        const { metadata, priority, ...rest } = amended(spec, changes)
        const args = [
          id,
          clock(),
          revision,
          JSON.stringify({ ...rest, priority, metadata }),
          JSON.stringify(metadata),
          priority,
          JSON.stringify(patch),
          keep ? '1' : '',
        ]
        const outcome = await db.script<'updated' | 'changed' | 'ended' | 'not_found'>('update', keys.job(id), args)
        if (outcome === 'not_found') throw noSuchJob(id)
        if (outcome === 'ended') throw refusal('JOB_ENDED', 'change the priority of', id, 'it has ended')
        if (outcome === 'changed') continue // another change came between
        if (patch.priority !== undefined) await prioritize(context, id, priority)
        return await getJob(context, id)
      }
    },
    /**
     * Deletes the record of an ended job with its events and metrics. Delete its artifacts before: afterwards nothing
     * names them.
     *
     * @throws {UnrollError} JOB_NOT_ENDED, JOB_NOT_FOUND, STORE_UNAVAILABLE
     */
    async delete(id: string): Promise<void> {
      const owner = await owners(context).find('job', id)
      const [fork, own] = [await findFork(context, id), await db.command((redis) => redis.hkeys(keys.checkpoints(id)))]
      const checkpoints = [...own, ...(fork?.checkpoint ? [fork.checkpoint.copy.id] : [])]
      const outcome = await db.script<'deleted' | 'not_ended' | 'not_found'>(
        'delete_job',
        [...keys.job(id), keys.checkpoints(id), keys.evaluations(id), keys.replays(id)],
        [id, clock()],
      )
      if (outcome === 'not_found') throw noSuchJob(id)
      if (outcome === 'not_ended') throw refusal('JOB_NOT_ENDED', 'delete', id, 'it must be cancelled first')
      await stored(context).drop(owner, checkpoints)
    },
  }
}

/** The states of each kind of stop, and its reason. */
const STOPS = {
  cancel: { stopping: 'cancelling', stopped: 'cancelled', reason: 'user_cancelled' },
  pause: { stopping: 'pausing', stopped: 'paused', reason: 'user_paused' },
} as const

async function stop(context: Context, id: string, kind: keyof typeof STOPS): Promise<Job> {
  const { db, keys, clock } = context
  const { stopping, stopped, reason } = STOPS[kind]
  const args = [id, clock(), keys.control, stopping, stopped, reason]
  const outcome = await db.script<JobStatus | 'ended' | 'not_found'>('stop', keys.job(id), args)
  if (outcome === 'ended') throw refusal('JOB_ENDED', kind, id, 'it has ended or is being cancelled')
  if (outcome === stopped) await dequeue(context, id)
  return await getJob(context, id)
}

function amended(spec: JobSpec, changes: Omit<JobPatch, 'keep'>): JobSpec {
  const checked = amend(spec, changes)
  if (checked.ok) return checked.value
  throw new UnrollError('INVALID_SPECIFICATION', 'Cannot change the job as it would be at fault', {
    faults: checked.faults,
  })
}

function refusal(code: ErrorCode, verb: string, id: string, why: string): UnrollError {
  return new UnrollError(code, `Cannot ${verb} job "${id}": ${why}`)
}
