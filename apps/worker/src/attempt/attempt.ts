// One attempt of this worker at a job, from claim to conclusion. What the child does and what the store says meet here:
//
//   claim ─▶ starting ──ready──▶ running ──ended | failed──▶ leaving ─▶ conclude: succeeded | failed | interrupted
//               └──────────┬────────┘
//        cancel | pause | drain | its GPU is lost: stop the child, but for cancel with its state kept ─▶ cancelled | paused | interrupted
//        preempt: stop the child once its state is kept ─▶ interrupted; where it cannot be kept the child trains on
//        fenced by a newer attempt: kill the child ─▶ write nothing more
//        child lost or frozen, or its checkpoint damaged ─▶ conclude: interrupted
//
// Every write carries the epoch of the claim. Before a checkpoint counts, all rows up to it are in the store; before a
// conclusion is written, all rows and events are.

import { openArtifacts, type ArtifactsLocation } from '@unroll/artifacts'
import { failpoint } from '@unroll/failpoints'
import { Archiver } from '@unroll/history'
import type { AppendOptions, AttemptEvent, Claim, MoveDetail, Progress, Store } from '@unroll/store'
import {
  UnrollError,
  usesDataset,
  windowOf,
  type Checkpoint,
  type Dataset,
  type JobStatus,
  type MetricFrame,
  type MetricRow,
  type RecordedFinding,
} from '@unroll/contract'
import type { Logger } from 'pino'
import { AttemptTelemetry, type TelemetryContext } from './attempt_telemetry.ts'
import { CheckpointKeeper } from './checkpoint_keeper.ts'
import { blame } from './blame.ts'
import { jobVariables } from '../children/job_variables.ts'
import { STOP, WORKER_INTENTS, conclusionOf, detailOf, type Intent, type LastWord, type Verdict } from './conclusion.ts'
import { MetricWriter } from '../metrics/metric_writer.ts'
import type { EngineChoice, FromChild, Ready } from '../protocol.ts'
import { RunDiagnosis } from './run_diagnosis.ts'
import { retryWrite } from './retry_write.ts'
import type { GpuInventory } from '../gpus/inventory.ts'
import { acceleratorOf, type Registration } from '../fleet/registration.ts'
import type { Slot } from '../fleet/slots.ts'
import type { ChildExit, TrainingChild } from '../supervise.ts'
import type { WarmChildren } from '../children/warm_children.ts'

const PULSE_MS = 500 // heartbeat and control; cancel is also nudged, so this bounds only a lost nudge
const RETRY_MS = 1_000 // rows that the store did not take, where none follow that would be sent with them
const PACE_SMOOTHING = 0.05 // share of the newest step in the running mean of step times

export interface AttemptContext extends TelemetryContext {
  store: Store
  log: Logger
  workerId: string
  engine: EngineChoice
  /** Told what a child has loaded. */
  registration: Pick<Registration, 'describe'>
  gpus: Pick<GpuInventory, 'gpus' | 'refresh'>
  /** Where the child of an attempt comes from. */
  children: WarmChildren
  artifacts: ArtifactsLocation
  /** Faults that children are to arm, in tests. */
  faults: string | undefined
}

/**
 * Takes a job that the queue handed out, trains it in a child process and writes how it ended.
 *
 * @param slot what it trains on
 * @param signal aborts when the job is to be given back, as the worker drains
 */
export async function attemptJob(
  context: AttemptContext,
  jobId: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  const claim = await retryWrite(() => context.store.jobs.claim(jobId, context.workerId))
  if ('refused' in claim) {
    context.log.info({ jobId, refused: claim.refused }, 'job not taken')
    return 'done'
  }
  failpoint('attempt.claimed')
  return new Attempt(context, jobId, claim, slot).run(signal)
}

type Claimed = Exclude<Claim, { refused: unknown }>

class Attempt {
  readonly #context: AttemptContext
  readonly #log: Logger
  readonly #jobId: string
  readonly #epoch: number
  readonly #claim: Claimed
  readonly #slot: Slot
  readonly #keeper: CheckpointKeeper
  readonly #child: TrainingChild
  readonly #metrics: MetricWriter
  readonly #diagnosis: RunDiagnosis
  readonly #telemetry: AttemptTelemetry
  /** The newest step heard of, and the pace. */
  #progress: Progress
  #intent: Intent | undefined
  /** Whether the store is to be told that the job could not be saved to be preempted. */
  #isKept = false
  /** The child's last word. */
  #ended: LastWord | undefined
  /** Events that the child told of. */
  #events = 0
  /** Moves and events in the order they happened; each waits for the one before. */
  #writes: Promise<unknown> = Promise.resolve()

  constructor(context: AttemptContext, jobId: string, claim: Claimed, slot: Slot) {
    this.#context = context
    this.#jobId = jobId
    this.#epoch = claim.epoch
    this.#claim = claim
    this.#slot = slot
    this.#progress = { step: claim.fromStep }
    this.#log = context.log.child({ jobId, epoch: claim.epoch })
    const artifacts = openArtifacts(context.artifacts)
    this.#keeper = new CheckpointKeeper(context.store, artifacts, claim.spec.checkpoint, this.#log)
    this.#telemetry = new AttemptTelemetry(context, jobId, claim)
    const { metrics } = context.store
    const append = async (frame: MetricFrame, options?: AppendOptions) => {
      const answer = await metrics.append(jobId, claim.epoch, frame, options)
      failpoint('rows.appended')
      return answer
    }
    const archiver = new Archiver(metrics, artifacts, { jobId, epoch: claim.epoch, window: windowOf(claim.spec) })
    this.#metrics = new MetricWriter({ append: this.#telemetry.counted(append), archiver, log: this.#log })
    this.#diagnosis = new RunDiagnosis(claim.spec, this.#log)
    const variables = jobVariables(slot.gpus, claim.spec.resources)
    this.#child = context.children.take(variables, (message) => this.#receive(message))
  }

  async run(signal: AbortSignal): Promise<Verdict> {
    const { store, engine, artifacts, faults } = this.#context
    const { epoch, spec, checkpoints, fromStep } = this.#claim
    const [checkpoint = null] = checkpoints
    this.#log.info({ childPid: this.#child.pid, cell: spec.model.cell, fromStep }, 'attempt started')
    void this.#keeper.sweep(this.#jobId, epoch, checkpoints)
    const release = this.#obey([
      [signal, 'drain'],
      [this.#slot.lost, 'device_lost'],
    ])
    const unsubscribe = await retryWrite(() => store.control.subscribe(this.#jobId, () => void this.#pulse()))
    const endTelemetry = this.#telemetry.begin(this.#metrics)
    const timers = [setInterval(() => void this.#pulse(), PULSE_MS), setInterval(() => void this.#flush(), RETRY_MS)]
    try {
      const dataset = usesDataset(spec.data) ? await this.#findDataset(spec.data.dataset) : undefined
      const job = { job: this.#jobId, epoch, spec, dataset, checkpoint }
      this.#child.send({ type: 'train', ...job, engine, artifacts, faults })
      const exit = await this.#child.exited
      this.#context.children.refill()
      return await this.#conclude(exit)
    } finally {
      for (const timer of timers) clearInterval(timer)
      endTelemetry()
      unsubscribe()
      release()
    }
  }

  /** The record of a data set; undefined where it was deleted, which the child tells of. */
  async #findDataset(id: string): Promise<Dataset | undefined> {
    return await retryWrite(() => this.#context.store.datasets.get(id)).catch((error: unknown) => {
      if (error instanceof UnrollError && error.code === 'DATASET_NOT_FOUND') return undefined
      throw error
    })
  }

  /** Stops the child when a signal aborts, until the answered function is called. */
  #obey(wishes: readonly [AbortSignal, Exclude<Intent, 'fenced'>][]): () => void {
    const heard = wishes.map(([signal, intent]) => {
      const stop = () => this.#stop(intent)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      return () => signal.removeEventListener('abort', stop)
    })
    return () => heard.forEach((end) => end())
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        this.#context.registration.describe(message)
        this.#progress = { ...this.#progress, engine: { engine: message.engine, device: message.device } }
        this.#telemetry.trains()
        return this.#write(() => this.#move('running', { computedBy: this.#computedBy(message) }))
      case 'rows':
        this.#observe(message.rows)
        this.#advanceTo(message.step)
        this.#record(this.#diagnosis.observe(message.rows))
        this.#telemetry.observe(message.rows)
        this.#metrics.add(message.rows)
        return void this.#flush()
      case 'checkpoint':
        this.#advanceTo(message.checkpoint.step)
        return this.#write(() => this.#register(message.checkpoint))
      case 'event':
        return this.#tell({ number: ++this.#events, code: message.code, data: message.data })
      case 'corrupt':
        this.#ended = message
        return this.#write(() => this.#discard(message.id, message.why))
      case 'kept_on':
        return this.#keepOn()
      case 'ended':
      case 'failed':
        this.#ended = message
        if (message.type === 'ended') this.#advanceTo(message.outcome.step)
        return undefined
      default:
        return message satisfies never
    }
  }

  #computedBy({ engine, device, numbers }: Ready): NonNullable<MoveDetail['computedBy']> {
    const gpus = acceleratorOf(device) === 'gpu' ? this.#slot.gpus.map(({ uuid }) => uuid) : []
    return { engine, device, gpus, ...numbers }
  }

  #observe(rows: readonly MetricRow[]): void {
    for (const { step, series } of rows) {
      if (step === this.#claim.fromStep + 1) continue // the first step of a process also makes its graph
      const ms = series['step_ms'] ?? 0
      const smoothed = this.#progress.stepMs ?? ms
      this.#progress = { ...this.#progress, stepMs: smoothed + PACE_SMOOTHING * (ms - smoothed) }
    }
  }

  #tell(event: AttemptEvent): void {
    this.#write(() => this.#context.store.events.append(this.#jobId, this.#epoch, event))
  }

  #record(findings: readonly RecordedFinding[]): void {
    for (const finding of findings)
      this.#write(() => this.#context.store.findings.record(this.#jobId, this.#epoch, finding))
  }

  /** Not every step has a row. */
  #advanceTo(step: number): void {
    this.#progress = { ...this.#progress, step: Math.max(step, this.#progress.step) }
  }

  #write(write: () => Promise<unknown>): void {
    this.#writes = this.#writes
      .then(() => retryWrite(write))
      .catch((error: unknown) => this.#log.error(error, 'write failed'))
  }

  async #discard(id: string, why: string): Promise<void> {
    this.#log.warn({ checkpoint: id, why }, 'checkpoint is damaged')
    const answer = await this.#context.store.checkpoints.discard(this.#jobId, this.#epoch, id, why)
    if (answer === 'fenced') this.#fence()
  }

  async #register(checkpoint: Checkpoint): Promise<void> {
    const isFenced =
      (await this.#metrics.flush()) === 'fenced' || (await this.#keeper.register(checkpoint)) === 'fenced'
    if (isFenced) this.#fence()
  }

  async #move(to: JobStatus, detail: MoveDetail = {}): Promise<'moved' | 'fenced' | 'illegal'> {
    const answer = await this.#context.store.jobs.move(this.#jobId, this.#epoch, to, detail)
    if (answer === 'fenced') this.#fence()
    if (answer === 'illegal') this.#log.warn({ to }, 'move refused')
    return answer
  }

  /** Without an answer from the store, training goes on. */
  async #pulse(): Promise<void> {
    try {
      await this.#hear()
    } catch (error) {
      this.#log.warn(error, 'heartbeat not delivered')
    }
  }

  /** Reports progress and hears what is asked of the job. */
  async #hear(): Promise<void> {
    const isKept = this.#isKept
    const { jobs } = this.#context.store
    const { fenced, control } = await jobs.heartbeat(this.#jobId, this.#epoch, this.#progress, { isKept })
    if (isKept) this.#isKept = false
    if (fenced) this.#fence()
    else if (control !== 'none') this.#stop(control)
  }

  async #flush(): Promise<void> {
    try {
      if ((await this.#metrics.flush()) === 'fenced') this.#fence()
    } catch (error) {
      this.#log.warn({ err: error, rows: this.#metrics.size }, 'rows not delivered yet')
    }
  }

  /** The newest wish of clients counts, and before those of the worker; a cancel is the last of them, a preemption gives way to any. */
  #stop(intent: Exclude<Intent, 'fenced'>): void {
    const earlier = this.#intent
    if (earlier === 'fenced' || earlier === 'cancel' || earlier === intent) return
    if (earlier !== undefined && intent === 'preempt') return
    if (earlier === undefined || earlier === 'preempt' || !WORKER_INTENTS.includes(intent)) this.#intent = intent
    if (this.#ended !== undefined) return
    this.#log.info({ intent, step: this.#progress.step }, 'stopping')
    this.#child.stop(STOP[intent])
  }

  /** The job is not preempted, as it cannot be saved now. */
  #keepOn(): void {
    this.#log.warn({ step: this.#progress.step }, 'not saved, trains on')
    if (this.#intent === 'preempt') this.#intent = undefined
    this.#isKept = true
    void this.#pulse()
  }

  #fence(): void {
    this.#intent = 'fenced'
    this.#child.kill()
  }

  async #conclude(exit: ChildExit): Promise<Verdict> {
    if (this.#ended?.type === 'failed') this.#ended = await blame(this.#ended, this.#slot, this.#context.gpus)
    if (!this.#isFenced) {
      this.#record(this.#diagnosis.end())
      await this.#writes
      await retryWrite(() => this.#metrics.flush()).then((answer) => answer === 'fenced' && this.#fence())
    }
    failpoint('attempt.before_conclusion')
    let answer = await this.#end(exit)
    if (answer === 'illegal') answer = await this.#end(exit) // it was asked to stop in another way meanwhile
    if (answer === 'fenced') {
      this.#log.warn('a newer attempt has the job: nothing more was written')
      this.#telemetry.end('fenced', 'a newer attempt has the job')
      return 'done'
    }
    failpoint('attempt.concluded')
    const { to, reason, verdict } = conclusionOf(this.#ended, this.#intent, exit)
    this.#telemetry.end(to, reason)
    this.#log.info({ to, step: this.#progress.step }, 'attempt ended')
    return verdict
  }

  /** Hears the newest wish, then writes how the attempt ended. */
  async #end(exit: ChildExit): Promise<'moved' | 'fenced' | 'illegal'> {
    await retryWrite(() => this.#hear())
    if (this.#isFenced) return 'fenced'
    const { to, reason } = conclusionOf(this.#ended, this.#intent, exit)
    if (to === 'interrupted') this.#log.warn({ ...exit, reason, ...detailOf(this.#ended) }, 'attempt gave the job back')
    return await retryWrite(() => this.#move(to, { ...(reason && { reason }), ...detailOf(this.#ended) }))
  }

  get #isFenced(): boolean {
    return this.#intent === 'fenced'
  }
}
