import { CheckpointCorruptError } from '@unroll/artifacts'
import { isFinal, unless, type Checkpoint, type InitFrom } from '@unroll/contract'
import type { CreateOptions, StoredRun, StoredSweep } from '@unroll/store'
import { admit } from '../jobs/admission.ts'
import { createJob, prepareJob } from '../jobs/creation.ts'
import { forkJob } from '../jobs/fork.ts'
import type { Services } from '../types.ts'
import { openSource } from '../weights/source.ts'
import { nextRung, ranked, planRungs } from './rungs.ts'
import { trialSpec } from './trial_spec.ts'
import { inTurns } from './turns.ts'

type Needed = Pick<Services, 'store' | 'artifacts'>

/**
 * Does the pending work of a sweep: creates planned jobs, begins the next rung after the jobs of the last have ended,
 * then ends the sweep; or cancels its jobs. All of it follows from the store, and each step happens once however many
 * processes try: the next call completes the work of a killed process.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE, SWEEP_NOT_FOUND
 * @throws {ArtifactReadError | ArtifactWriteError}
 */
export async function advance(services: Needed, id: string): Promise<void> {
  const { jobs, sweeps } = services.store
  const sweep = await sweeps.get(id)
  const toMake = new Set(await sweeps.toMake(id))
  const made = sweep.runs.filter(({ job }) => toMake.has(job))
  await inTurns(made, (run) => makeJob(services, sweep, run))
  const stopped = sweep.status === 'cancelling' ? sweep.runs.filter(isStoppable) : []
  await inTurns(stopped, ({ job }) => unless('JOB_ENDED', jobs.cancel(job)))
  const known = await sweeps.get(id)
  if (!known.isSettled || known.finished_at !== null) return
  const { spec, trials, runs, status } = known
  const next =
    status === 'running'
      ? nextRung(runs, planRungs(spec.strategy, trials.length, spec.repeats), spec.objective, spec.repeats)
      : []
  if (next.length === 0)
    return await sweeps.end(known, ranked(runs, spec.objective).length > 0 ? 'succeeded' : 'failed')
  await sweeps.plan(known, next)
  await advance(services, id)
}

async function makeJob({ store, artifacts }: Needed, sweep: StoredSweep, run: StoredRun): Promise<void> {
  const { spec: of, trials, runs, traceparent } = sweep
  const { trial } = run
  const rung = planRungs(of.strategy, trials.length, of.repeats)[run.rung]
  const checked = rung && trialSpec(of, trials[trial] ?? {}, { trial, rung })
  if (checked?.ok !== true)
    throw new Error(`Cannot make trial ${trial} of sweep "${sweep.id}": it was accepted, and is at fault now`)
  const spec = checked.value
  const before = runs.find((other) => other.trial === trial && other.rung === run.rung - 1)
  const options: CreateOptions = {
    id: run.job,
    sweep: sweep.id,
    owner: sweep.owner,
    traceparent,
    ...(before && { retryOf: before.job }),
  }
  const from = before && (await lastCheckpoint(store, before.job))
  const fromStart = async () => {
    const open = (source: InitFrom) => openSource({ store, artifacts }, source, { copyOf: before?.job })
    return await createJob({ store, artifacts }, await prepareJob({ store, artifacts }, spec, { open }), options)
  }
  const goOn = async (checkpoint: Checkpoint) => {
    const { estimate } = await admit(spec, (id) => store.datasets.get(id))
    return await forkJob({ store, artifacts }, checkpoint, { spec, estimate }, options)
  }
  // Without its checkpoint it trains from the start: to the same numbers, in more time.
  const made = from === undefined ? fromStart() : goOn(from)
  await unless(
    'JOB_NOT_FOUND', // the sweep was cancelled meanwhile
    made.catch((error: unknown) => (error instanceof CheckpointCorruptError ? fromStart() : Promise.reject(error))),
  )
}

async function lastCheckpoint(store: Services['store'], job: string): Promise<Checkpoint | undefined> {
  const page = await unless('JOB_NOT_FOUND', store.checkpoints.list(job, { limit: 1 }))
  return page?.data[0]
}

function isStoppable({ status }: StoredRun): boolean {
  return status !== null && status !== 'cancelling' && !isFinal(status)
}
