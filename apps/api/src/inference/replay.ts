import { UnrollError, type Checkpoint, type Job, type Replay, type ReplayRequest } from '@unroll/contract'
import type { NewReplay, Store } from '@unroll/store'

/** A job keeps fewer checkpoints than a page has. */
const ALL = { limit: 100 }

/**
 * Checks that a step of a job can be computed again, and chooses the checkpoint from which.
 *
 * @throws {UnrollError} STEP_OUT_OF_REACH, STORE_UNAVAILABLE
 */
export async function admitReplay(
  store: Store,
  job: Job,
  { step, observe = ['flow'] }: ReplayRequest,
): Promise<NewReplay> {
  const reached = job.progress.step + (hasFailedAtStep(job) ? 1 : 0)
  if (step > reached) throw outOfReach(step, `a step that the run has made, at most ${reached}`)
  const { newest: before, oldest } = await findCheckpoints(store, job, step - 1)
  const { forked_from: fork } = job
  if (before === undefined && fork !== null) await admitFork(store, job, { step, fork, oldest })
  const checkpoint = before === undefined ? null : { id: before.id, step: before.step }
  return { job: job.id, step, observe: observe.toSorted(), checkpoint }
}

/** The newest checkpoint of a job at a step or before, and its oldest. */
export async function findCheckpoints(
  store: Store,
  { id }: Job,
  step: number,
): Promise<{ newest: Checkpoint | undefined; oldest: Checkpoint | undefined }> {
  const { data } = await store.checkpoints.list(id, ALL) // newest first
  return { newest: data.find((checkpoint) => checkpoint.step <= step), oldest: data.at(-1) }
}

/** Of a job that goes on from another's step nothing before it is computed; a fork keeps what its own steps begin from. */
async function admitFork(
  store: Store,
  { id }: Job,
  { step, fork, oldest }: { step: number; fork: NonNullable<Job['forked_from']>; oldest: Checkpoint | undefined },
): Promise<void> {
  if (step <= fork.step)
    throw outOfReach(step, `a step after ${fork.step}, from which the job goes on: those before are of another job`)
  if ((await store.jobs.findFork(id)) !== undefined) return
  const why = `a step after ${oldest?.step ?? fork.step}, the oldest checkpoint: that from which the job goes on is gone`
  throw outOfReach(step, why)
}

/** The same request that was made before, and has not failed. */
export async function findReplay(store: Store, wanted: NewReplay): Promise<Replay | undefined> {
  const all = await store.replays.list(wanted.job)
  return all.find((replay) => replay.status !== 'failed' && nameRequest(replay) === nameRequest(wanted))
}

function nameRequest({ step, observe }: Pick<Replay, 'step' | 'observe'>): string {
  return JSON.stringify([step, observe])
}

/** A step at which a run fails, as it is not finite, has a row and is not counted. */
function hasFailedAtStep({ status, status_reason: reason }: Job): boolean {
  return status === 'failed' && reason === 'nonfinite_loss'
}

function outOfReach(step: number, wanted: string): UnrollError {
  return new UnrollError('STEP_OUT_OF_REACH', `Cannot compute step ${step} again`, {
    faults: [{ pointer: '/step', detail: `Must be ${wanted}`, value: step }],
  })
}
