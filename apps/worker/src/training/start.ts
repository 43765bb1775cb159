// Where a run begins: at its newest checkpoint; a fork at a step of the run that it goes on from; else at its first weights.

import type { Artifacts } from '@unroll/artifacts'
import type { Engine } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'
import type { ForkedRun } from '@unroll/store'
import { openFeed, type Feed, type OpenedDataset } from '@unroll/tasks'
import { forkRun, type RunState } from '@unroll/trainer'
import { readInitial, type Initial } from './initial_weights.ts'
import { readKept, type Saved } from './resume.ts'

/** A run, with all that its steps are a function of. */
export interface Starting {
  artifacts: Artifacts
  job: string
  spec: JobSpec
  feed: Feed
  dataset: OpenedDataset | undefined
  engine: Engine
  fork: ForkedRun | undefined
  /** Its newest checkpoint. */
  saved: Saved | undefined
}

export interface Start {
  /** Undefined before the first step. */
  state: RunState | undefined
  /** What of the first weights is said in the log. */
  initial?: Initial
  /** Whether no checkpoint of the job has this state, which took a while to get to. */
  isFork: boolean
}

/**
 * The state that a run begins from.
 *
 * @param signal is asked for between two steps of the way
 * @returns undefined where it was aborted on the way @throws as `readKept` and `readInitial` do
 */
export async function readStart(run: Starting, signal: () => AbortSignal): Promise<Start | undefined> {
  const { saved, fork } = run
  if (saved !== undefined) return { state: saved.state, isFork: false }
  if (fork !== undefined) {
    const state = await forkFrom(run, fork, signal)
    return state && { state, isFork: true }
  }
  const initial = await readInitial(run.artifacts, run.job, run)
  return { state: initial?.state, ...(initial && { initial }), isFork: false }
}

async function forkFrom(
  run: Starting,
  { spec, step, checkpoint }: ForkedRun,
  signal: () => AbortSignal,
): Promise<RunState | undefined> {
  const { artifacts, job, engine, dataset, feed } = run
  const { accelerator, gpus = 1 } = run.spec.resources // shards decide numbers, and stay
  const computed = { ...spec, resources: { ...spec.resources, accelerator, gpus } }
  const parent = { spec: computed, feed: await openFeed(computed, dataset) }
  const from =
    checkpoint === null
      ? (await readInitial(artifacts, job, { ...parent, engine }))?.state
      : (await readKept(artifacts, checkpoint.copy)).state
  return await forkRun(engine, {
    parent,
    from,
    step,
    child: { spec: run.spec, feed },
    signal,
  })
}
