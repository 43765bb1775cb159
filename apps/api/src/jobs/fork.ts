import { randomBytes } from 'node:crypto'
import { copyCheckpoint, deleteCheckpoint } from '@unroll/artifacts'
import { DEFAULT_OWNER, newId, type Checkpoint, type Estimate, type Job, type JobSpec } from '@unroll/contract'
import type { CreateOptions } from '@unroll/store'
import type { Services } from '../types.ts'

const COPIED_EPOCH = 0 // the attempts of the new job start at 1

export type Made = { job: Job; replayed: boolean }

/**
 * Creates a job that continues from a copy of another job's checkpoint.
 *
 * @throws {CheckpointCorruptError | ArtifactReadError | ArtifactWriteError} and those of `jobs.create`
 */
export async function forkJob(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  from: Checkpoint,
  { spec, estimate }: { spec: JobSpec; estimate: Estimate },
  options: CreateOptions,
): Promise<Made> {
  const id = options.id ?? newId('job', Date.now(), randomBytes(16))
  const { copy, remove } = await copyFor(artifacts, id, from)
  const made = await store.jobs
    .create(spec, estimate, { ...options, id, checkpoint: { from: from.id, copy } })
    .catch(async (error: unknown) => {
      await remove().catch(() => {}) // The first error is the one to report.
      throw error
    })
  if (made.replayed) await remove()
  else await store.stored.put(options.owner ?? DEFAULT_OWNER, copy.id, copy.bytes)
  return made
}

/** Copies a checkpoint of another job for a job that is to be made. @throws as `copyCheckpoint` does */
export async function copyFor(
  artifacts: Services['artifacts'],
  job: string,
  from: Checkpoint,
): Promise<{ copy: Checkpoint; remove: () => Promise<void> }> {
  const place = { job, epoch: COPIED_EPOCH, id: newId('checkpoint', Date.now(), randomBytes(16)) }
  const copy = await copyCheckpoint(artifacts, from, place)
  return { copy, remove: () => deleteCheckpoint(artifacts, place) }
}
