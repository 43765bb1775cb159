import { randomBytes } from 'node:crypto'
import { initialWeightsKey, once } from '@unroll/artifacts'
import {
  UnrollError,
  amend,
  forkFaults,
  newId,
  type Checkpoint,
  type Fault,
  type Job,
  type JobFork,
} from '@unroll/contract'
import type { ForkedRun } from '@unroll/store'
import { countSteps } from '../limits/steps.ts'
import { findCheckpoints } from '../inference/replay.ts'
import { sealJob, type Sealing } from '../notify/receivers.ts'
import { deleteUnrecorded } from '../storage/unrecorded.ts'
import type { Services } from '../types.ts'
import { openSource } from '../weights/source.ts'
import { admit, findVisibleDataset } from './admission.ts'
import { copyFor, type Made } from './fork.ts'
import { inBody, inChanges, type Retrying } from './retry.ts'

type Needed = Pick<Services, 'store' | 'artifacts'>

/**
 * Creates a job that goes on from any step of another, with changes. It keeps a copy of the checkpoint before the step,
 * or of the first weights, and the specification by which a worker computes the steps from there.
 *
 * @throws {UnrollError} INVALID_SPECIFICATION, STEP_OUT_OF_REACH, CHECKPOINT_UNSUITABLE, JOB_NOT_FOUND and those of `admit` and
 * `jobs.create`; faults point into the request
 */
export async function forkStep(
  services: Needed & Sealing,
  parentId: string,
  { step, changes }: JobFork,
  { idempotency, owner, limits, spend }: Retrying,
): Promise<Made> {
  const { store } = services
  const parent = await store.jobs.get(parentId)
  const amended = amend(parent.spec, changes)
  if (!amended.ok) throw refusal('INVALID_SPECIFICATION', step, amended.faults)
  const ownerOfParent = await store.owners.find('job', parent.id)
  const spec = await sealJob(services, amended.value, { owner: ownerOfParent }).catch(inChanges)
  const { estimate, problem } = await admit(spec, findVisibleDataset(store, owner)).catch(inChanges)
  const faults = forkFaults(parent.spec, spec, { step, mode: problem.mode })
  if (faults.length > 0) throw refusal('CHECKPOINT_UNSUITABLE', step, faults)
  const from = await findStart(services, parent, step)
  const options = { idempotency, owner: ownerOfParent, ...(limits && { limits }) }
  return await spend(countSteps(spec, from?.step), async () => {
    const id = newId('job', Date.now(), randomBytes(16))
    const kept = await keepStart(services, parent, { id, from, owner })
    const fork: ForkedRun = { job: parent.id, spec: parent.spec, step, checkpoint: kept.checkpoint }
    const { initialisation } = parent
    const made = await store.jobs
      .create(spec, estimate, { ...options, id, fork, ...(initialisation && { initialisation }) })
      .catch(async (error: unknown) => {
        await deleteUnrecorded(error, { find: () => store.jobs.get(id), remove: kept.remove })
        throw error
      })
    if (made.replayed) await kept.remove()
    else if (kept.checkpoint !== null)
      await store.stored.put(options.owner, kept.checkpoint.copy.id, kept.checkpoint.copy.bytes)
    return made
  })
}

/** The newest checkpoint from which the step can be computed; undefined: the first weights. */
async function findStart({ store }: Needed, parent: Job, step: number): Promise<Checkpoint | undefined> {
  const { progress, forked_from: forked } = parent
  if (step > progress.step) throw outOfReach(step, `a step that the run has made, at most ${progress.step}`)
  const { newest, oldest } = await findCheckpoints(store, parent, step)
  if (newest !== undefined || forked === null) return newest
  const from = oldest?.step ?? progress.step
  throw outOfReach(step, `a step from ${from} on, the oldest checkpoint of a job that goes on from another`)
}

/** What a fork keeps of another job, and how it is deleted again. */
interface Kept {
  checkpoint: ForkedRun['checkpoint']
  remove: () => Promise<void>
}

/** Copies what the new job begins from: a checkpoint, or the weights that the other job was given. */
async function keepStart(
  { store, artifacts }: Needed,
  parent: Job,
  { id, from, owner }: { id: string; from: Checkpoint | undefined; owner: string | undefined },
): Promise<Kept> {
  if (from !== undefined) {
    const { copy, remove } = await copyFor(artifacts, id, from)
    return { checkpoint: { from: from.id, copy }, remove }
  }
  const { init_from: source } = parent.spec
  if (!source) return { checkpoint: null, remove: () => Promise.resolve() }
  const { bytes } = await openSource({ store, artifacts }, source, { owner, copyOf: parent.id })
  const key = initialWeightsKey(id)
  await artifacts.put(key, once(bytes))
  return { checkpoint: null, remove: () => artifacts.delete(key) }
}

function refusal(
  code: 'INVALID_SPECIFICATION' | 'CHECKPOINT_UNSUITABLE',
  step: number,
  faults: readonly Fault[],
): UnrollError {
  return new UnrollError(code, `Cannot fork the job at step ${step} with these changes`, { faults: faults.map(inBody) })
}

function outOfReach(step: number, wanted: string): UnrollError {
  return new UnrollError('STEP_OUT_OF_REACH', `Cannot fork the job at step ${step}`, {
    faults: [{ pointer: '/step', detail: `Must be ${wanted}`, value: step }],
  })
}
