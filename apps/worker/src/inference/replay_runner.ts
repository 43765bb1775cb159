// The child's side of replays: runs that stay open, so that what is compiled for one step serves the next.

import { isDeepStrictEqual } from 'node:util'
import { openArtifacts, type Artifacts } from '@unroll/artifacts'
import type { Engine } from '@unroll/bptt'
import type { JobSpec, MetricRow } from '@unroll/contract'
import { failpoint } from '@unroll/failpoints'
import { openFeed, type Feed } from '@unroll/tasks'
import { Replayer } from '@unroll/trainer'
import type { FromChild, ToChild } from '../protocol.ts'
import { openDataset, type LocalDataset } from '../training/dataset.ts'
import { identifyEngine } from '../training/engine_identity.ts'
import { readSaved } from '../training/resume.ts'
import { RowBuffer } from '../training/row_buffer.ts'
import { readStart } from '../training/start.ts'

type Task = Extract<ToChild, { type: 'replay' }>

/** Runs that stay open: two that are looked at side by side. */
const MOST_RUNS = 2

/** A replay that nobody waits for is killed. */
const NEVER = new AbortController().signal

interface OpenRun {
  readonly spec: JobSpec
  readonly artifacts: Artifacts
  readonly dataset: LocalDataset | undefined
  readonly feed: Feed
  readonly engine: Engine
  readonly replayer: Replayer
}

/** Computes past steps of runs again beside training, on the CPU: a GPU belongs to the jobs of its slots. */
export class ReplayRunner {
  readonly #engine: () => Promise<Engine>
  readonly #send: (message: FromChild) => void
  /** By job, the least recently used first. */
  readonly #runs = new Map<string, OpenRun>()

  constructor(engine: () => Promise<Engine>, send: (message: FromChild) => void) {
    this.#engine = engine
    this.#send = send
  }

  /** Calls do not overlap: await each before the next. After an error it must not be used. */
  async replay(task: Task): Promise<void> {
    const { job, checkpoint, fork, step, observe } = task
    const { replayer, ...run } = await this.#hold(task)
    const saved = checkpoint === null ? undefined : await readSaved(run.artifacts, checkpoint)
    failpoint('replay.opened')
    const start = await readStart({ ...run, job, fork, saved }, () => NEVER)
    const buffer = new RowBuffer(
      (rows, newest) => this.#send({ type: 'rows', rows, step: newest }),
      () => performance.now(),
    )
    const onRow = (row: MetricRow) => {
      buffer.add(row)
      buffer.advanceTo(row.step)
    }
    const replayed = await replayer.replay({ from: start?.state, step, observe, onRow })
    buffer.flush()
    const { engine } = run
    const isSame = saved === undefined || isDeepStrictEqual(identifyEngine(engine), saved.manifest.engine)
    this.#send({ type: 'replayed', replayed, engine: { name: engine.name, device: engine.backend, is_same: isSame } })
  }

  async #hold(task: Task): Promise<OpenRun> {
    const run = this.#runs.get(task.job) ?? (await this.#open(task))
    this.#runs.delete(task.job)
    this.#runs.set(task.job, run) // the most recently used
    return run
  }

  async #open(task: Task): Promise<OpenRun> {
    const [[oldest, unused] = []] = this.#runs.size < MOST_RUNS ? [] : this.#runs
    if (oldest !== undefined && unused !== undefined) {
      this.#runs.delete(oldest)
      unused.replayer.dispose()
      unused.dataset?.sequences?.close()
    }
    const spec = toCpu(task.spec)
    const artifacts = openArtifacts(task.artifacts)
    const dataset = await openDataset(spec, task, artifacts)
    const feed = await openFeed(spec, dataset)
    const engine = await this.#engine()
    return { spec, artifacts, dataset, feed, engine, replayer: new Replayer(engine, spec, feed) }
  }
}

/** The specification of what is computed beside training. */
export function toCpu(spec: JobSpec): JobSpec {
  return { ...spec, resources: { ...spec.resources, accelerator: 'cpu', gpus: 1 } }
}
