import { UnrollError, type Checkpoint, type CheckpointPolicy, type Page } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { owners } from '../access/owners.ts'
import { stored } from '../access/stored.ts'
import { noSuchJob } from '../redis/errors.ts'
import { PAGE_LIMIT, makePage, type ListOptions } from '../jobs/paging.ts'
import { dropped } from './retention.ts'

export type Checkpoints = ReturnType<typeof checkpoints>

/**
 * The valid checkpoints of a job. Their bytes are in the artifact store, and are only valid once they are registered
 * here, under the epoch of the attempt that holds the job.
 */
export function checkpoints(context: Context) {
  const { db, keys, clock } = context
  const [bytesKept, { find }] = [stored(context), owners(context)]
  return {
    /**
     * Registers the newest checkpoint of a job, from which the next attempt resumes, and drops the ones that the policy
     * does not keep. All rows of metrics up to its step must be in the store before.
     *
     * @returns the dropped checkpoints, whose bytes may be deleted once this is on disk (`durable`)
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async register(checkpoint: Checkpoint, policy: CheckpointPolicy): Promise<{ dropped: Checkpoint[] } | 'fenced'> {
      const { job, epoch, id, step, bytes } = checkpoint
      // Read before the script: only the holder of the job, which calls this, changes the list.
      const before = (await read(context, job)).filter((other) => other.id !== id)
      const old = dropped([checkpoint, ...before], policy)
      const outcome = await db.script<'registered' | 'fenced'>(
        'register_checkpoint',
        [...keys.job(job), keys.checkpoints(job)],
        [
          job,
          clock(),
          epoch,
          id,
          step,
          JSON.stringify(checkpoint),
          JSON.stringify({ checkpoint: id, step, bytes }),
          ...old.map((each) => each.id),
        ],
      )
      if (outcome === 'fenced') return 'fenced'
      const owner = await find('job', job)
      const replaced = old.map((each) => each.id)
      await Promise.all([bytesKept.put(owner, id, bytes), bytesKept.drop(owner, replaced)])
      return { dropped: old }
    },
    /**
     * Removes a damaged checkpoint. The attempt cannot use another one: readers of its metrics already know the step from
     * which it resumed, so that a new attempt must begin.
     *
     * @throws {UnrollError} STORE_UNAVAILABLE
     */
    async discard(jobId: string, epoch: number, id: string, why: string): Promise<'discarded' | 'fenced'> {
      const outcome = await db.script<'discarded' | 'fenced'>(
        'discard_checkpoint',
        [...keys.job(jobId), keys.checkpoints(jobId)],
        [jobId, clock(), epoch, id, JSON.stringify({ checkpoint: id, why })],
      )
      if (outcome === 'discarded') await bytesKept.drop(await find('job', jobId), [id])
      return outcome
    },
    /** Newest first. @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async list(jobId: string, { after, limit = PAGE_LIMIT }: ListOptions = {}): Promise<Page<Checkpoint>> {
      const all = await readExisting(context, jobId)
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      return makePage(all.slice(from, from + limit + 1), limit, ({ id }) => id)
    },
    /** @throws {UnrollError} CHECKPOINT_NOT_FOUND, JOB_NOT_FOUND, STORE_UNAVAILABLE */
    async get(jobId: string, id: string): Promise<Checkpoint> {
      const found = (await readExisting(context, jobId)).find((checkpoint) => checkpoint.id === id)
      if (found === undefined)
        throw new UnrollError('CHECKPOINT_NOT_FOUND', `Cannot find checkpoint "${id}" of job "${jobId}"`)
      return found
    },
  }
}

/** Checkpoints as scripts store them, newest first: within a job, steps never repeat. */
export function parseCheckpoints(records: readonly string[]): Checkpoint[] {
  return records.map((json) => JSON.parse(json) as Checkpoint).toSorted((a, b) => b.step - a.step)
}

async function read({ db, keys }: Context, jobId: string): Promise<Checkpoint[]> {
  return parseCheckpoints(await db.command((redis) => redis.hvals(keys.checkpoints(jobId))))
}

/** Reads the checkpoints of a job that must exist. */
async function readExisting(context: Context, jobId: string): Promise<Checkpoint[]> {
  const { db, keys } = context
  const found = await read(context, jobId)
  if (found.length === 0 && (await db.command((redis) => redis.exists(keys.record(jobId)))) === 0)
    throw noSuchJob(jobId)
  return found
}
