import { isDeepStrictEqual } from 'node:util'
import {
  UnrollError,
  amend,
  carryFaults,
  type Checkpoint,
  type Fault,
  type InitFrom,
  type Job,
  type JobRetry,
  type JobSpec,
} from '@unroll/contract'
import type { CreateOptions } from '@unroll/store'
import { countSteps } from '../limits/steps.ts'
import type { Services } from '../types.ts'
import { sealJob, type Sealing } from '../notify/receivers.ts'
import { openSource } from '../weights/source.ts'
import { admit, findVisibleDataset } from './admission.ts'
import { createJob, prepareJob, type Preparing } from './creation.ts'
import { forkJob, type Made } from './fork.ts'

export interface Retrying extends Pick<CreateOptions, 'idempotency' | 'limits'>, Pick<Preparing, 'owner'> {
  /** Makes the job, which asks for so many steps of training, where they are allowed. */
  spend: (steps: number, make: () => Promise<Made>) => Promise<Made>
}

/**
 * Creates a new job from an old one: its specification with changes, from the start or from a copy of one of its
 * checkpoints. It belongs to the owner of the old one.
 *
 * @throws {UnrollError} INVALID_SPECIFICATION, CHECKPOINT_UNSUITABLE, CHECKPOINT_NOT_FOUND, JOB_NOT_FOUND and those of
 * `admit` and `jobs.create`; faults point into the request
 */
export async function retryJob(
  { store, artifacts, receiverAddresses }: Pick<Services, 'artifacts'> & Sealing,
  oldId: string,
  { from_checkpoint: wanted, changes }: JobRetry,
  { idempotency, owner, limits, spend }: Retrying,
): Promise<Made> {
  const old = await store.jobs.get(oldId)
  const amended = amend(old.spec, changes)
  if (!amended.ok) throw refusal('INVALID_SPECIFICATION', 'as the new job would be at fault', amended.faults)
  const ownerOfOld = await store.owners.find('job', old.id)
  const spec = await sealJob({ store, receiverAddresses }, amended.value, { owner: ownerOfOld }).catch(inChanges)
  const options = {
    idempotency,
    retryOf: old.id,
    owner: ownerOfOld,
    ...(limits && { limits }),
  }
  if (wanted === undefined) {
    const open = (source: InitFrom) => openSource({ store, artifacts }, source, { owner, copyOf: old.id })
    const prepared = await prepareJob({ store, artifacts }, spec, { owner, open }).catch(inChanges)
    return await spend(countSteps(spec), () => createJob({ store, artifacts }, prepared, options))
  }

  const { estimate } = await admit(spec, findVisibleDataset(store, owner)).catch(inChanges)
  const from = await findCheckpoint(store, old.id, wanted)
  const uncarried = [...carryFaults(old.spec, spec, from.step), ...reachedTargetFaults(old, spec, from)]
  if (uncarried.length > 0) throw refusal('CHECKPOINT_UNSUITABLE', `from checkpoint "${from.id}"`, uncarried)
  return await spend(countSteps(spec, from.step), () =>
    forkJob({ store, artifacts }, from, { spec, estimate }, options),
  )
}

/** A run that continues from a step at which it had reached its target would end after one step. */
function reachedTargetFaults(old: Job, { training: { target } }: JobSpec, from: Checkpoint): Fault[] {
  const isThere = old.status_reason === 'target_reached' && from.step === old.progress.step
  if (!isThere || !isDeepStrictEqual(target, old.spec.training.target)) return []
  const detail = 'Must change, or be null: the run of the checkpoint ended as it had reached this target'
  return [{ pointer: '/training/target', detail, value: target }]
}

async function findCheckpoint(store: Services['store'], job: string, wanted: string): Promise<Checkpoint> {
  if (wanted !== 'latest') return await store.checkpoints.get(job, wanted)
  const [newest] = (await store.checkpoints.list(job, { limit: 1 })).data
  if (newest !== undefined) return newest
  throw new UnrollError('CHECKPOINT_NOT_FOUND', `Cannot go on from the latest checkpoint: job "${job}" has none`)
}

function refusal(
  code: 'INVALID_SPECIFICATION' | 'CHECKPOINT_UNSUITABLE',
  why: string,
  faults: readonly Fault[],
): UnrollError {
  return new UnrollError(code, `Cannot retry the job ${why}`, { faults: faults.map(inBody) })
}

/** A fault of the specification is a fault of the changes. */
export function inChanges(error: unknown): never {
  if (!(error instanceof UnrollError)) throw error
  throw new UnrollError(error.code, error.message, { faults: error.faults.map(inBody), cause: error })
}

/** A fault of a specification in the body of a request with `changes`. */
export function inBody({ pointer, ...fault }: Fault): Fault {
  return { pointer: `/changes${pointer}`, ...fault }
}
