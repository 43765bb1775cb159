import { randomBytes } from 'node:crypto'
import {
  copyCheckpoint,
  deleteCheckpoint,
  modelCardKey,
  once,
  type Artifacts,
  type CheckpointPlace,
} from '@unroll/artifacts'
import {
  newId,
  registeredCheckpoint,
  type ModelRegistration,
  type ModelVersion,
  type RegisteredModel,
} from '@unroll/contract'
import { readCardFacts } from '../exports/card/card_facts.ts'
import { writeCard } from '../exports/card/write_card.ts'
import { chooseCheckpoint } from '../inference/checkpoint_choice.ts'
import type { Services } from '../types.ts'

/**
 * Registers a copy of a checkpoint, and its card, as the next version of a model, which belongs to the owner of the job.
 *
 * @throws {UnrollError} JOB_NOT_FOUND, CHECKPOINT_NOT_FOUND, MODEL_NAME_TAKEN, MODEL_FULL
 * @throws {CheckpointCorruptError | ArtifactReadError | ArtifactWriteError}
 */
export async function registerModel(
  services: Pick<Services, 'store' | 'artifacts' | 'segments'>,
  { name, job: jobId, checkpoint: choice, aliases }: ModelRegistration,
): Promise<RegisteredModel> {
  const { store, artifacts } = services
  const job = await store.jobs.get(jobId)
  const checkpoint = await chooseCheckpoint(store, job, choice)
  const now = Date.now()
  const place = { job: newId('modelVersion', now, randomBytes(16)), epoch: 0, id: checkpoint.id }
  const { step, bytes, sha256, metrics } = await copyCheckpoint(artifacts, checkpoint, place)
  const created_at = new Date(now).toISOString()
  const version = {
    id: place.job,
    job: job.id,
    checkpoint: checkpoint.id,
    step,
    bytes,
    sha256,
    metrics,
    created_at,
    spec: job.spec,
  }
  try {
    const card = writeCard(await readCardFacts(services, job, checkpoint))
    await artifacts.put(modelCardKey(place.job), once(Buffer.from(card)))
    return await store.models.register(name, { ...version, aliases }, await store.owners.find('job', job.id))
  } catch (error) {
    await deleteCopies(artifacts, place).catch(() => {}) // The first error is the one to report.
    throw error
  }
}

/** Deletes the copies of versions whose records are deleted. */
export async function deleteVersions(artifacts: Artifacts, versions: readonly ModelVersion[]): Promise<void> {
  for (const version of versions) await deleteCopies(artifacts, registeredCheckpoint(version))
}

async function deleteCopies(artifacts: Artifacts, place: CheckpointPlace): Promise<void> {
  await deleteCheckpoint(artifacts, place)
  await artifacts.delete(modelCardKey(place.job))
}
