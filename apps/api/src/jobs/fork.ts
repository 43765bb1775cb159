import { randomBytes } from 'node:crypto'
import { copyCheckpoint, deleteCheckpoint } from '@unroll/artifacts'
import { newId, type Checkpoint, type Estimate, type Job, type JobSpec } from '@unroll/contract'
import type { CreateOptions } from '@unroll/store'
import type { Services } from '../types.ts'

const COPIED_EPOCH = 0 // attempts of the new job count from 1

export type Made = { job: Job; replayed: boolean }

/**
 * Makes a job that goes on from a copy of a checkpoint of another one.
 *
 * @throws {CheckpointCorruptError | ArtifactReadError | ArtifactWriteError} and those of `jobs.create`
 */
export async function forkJob(
  { store, artifacts }: Pick<Services, 'store' | 'artifacts'>,
  from: Checkpoint,
  { spec, estimate }: { spec: JobSpec; estimate: Estimate },
  options: CreateOptions,
): Promise<Made> {
  const now = Date.now()
  const id = options.id ?? newId('job', now, randomBytes(16))
  const place = { job: id, epoch: COPIED_EPOCH, id: newId('checkpoint', now, randomBytes(16)) }
  const copy = await copyCheckpoint(artifacts, from, place)
  const made = await store.jobs
    .create(spec, estimate, { ...options, id, checkpoint: { from: from.id, copy } })
    .catch(async (error: unknown) => {
      await deleteCheckpoint(artifacts, place).catch(() => {}) // The first error is the one to tell.
      throw error
    })
  if (made.replayed) await deleteCheckpoint(artifacts, place)
  return made
}
