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
import { FindingStop } from '@unroll/diagnosis'
import { failpoint } from '@unroll/failpoints'
import { Archiver } from '@unroll/history'
import type { AppendOptions, AttemptEvent, Claimed, MoveDetail, Store } from '@unroll/store'
import {
  UnrollError,
  gradientWindow,
  usesDataset,
  type Checkpoint,
  type Dataset,
  type JobStatus,
  type MetricFrame,
  type Reason,
  type RecordedFinding,
} from '@unroll/contract'
import type { Logger } from 'pino'
import { AttemptTelemetry, type TelemetryContext } from './attempt_telemetry.ts'
import { CheckpointKeeper } from './checkpoint_keeper.ts'
import { blame } from './blame.ts'
import { jobVariables } from '../children/job_variables.ts'
import { limitMemory, tellOutgrown } from './memory.ts'
import { concludeAttempt, describeEnd, type LastWord, type Verdict } from './conclusion.ts'
import { STOP, chooseIntent, isSuperseded, type Intent } from './intent.ts'
import { MetricWriter } from '../metrics/metric_writer.ts'
import type { EngineChoice, FromChild, Ready } from '../protocol.ts'
import { RunDiagnosis } from './run_diagnosis.ts'
import { RunProgress } from './run_progress.ts'
import { WriteQueue, retryWrite } from './writes.ts'
import type { GpuInventory } from '../gpus/inventory.ts'
import { toAccelerator, type Registration } from '../fleet/registration.ts'
import type { Slot } from '../fleet/slots.ts'
import type { ChildExit, TrainingChild } from '../supervise.ts'
import type { WarmChildren } from '../children/warm_children.ts'

const PULSE_MS = 500 // heartbeat and control; a cancel also comes as a message, so that this only bounds a lost one
/** Reasons of an end at a finding. */
const BY_FINDING: ReadonlySet<Reason | undefined> = new Set(['stopped_by_finding', 'forked_by_finding'])

const RETRY_MS = 1_000 // rows that the store has not accepted, if no further rows follow

export interface AttemptContext extends TelemetryContext {
  store: Store
  log: Logger
  workerId: string
  engine: EngineChoice
  /** Receives what a child has loaded. */
  registration: Pick<Registration, 'describe'>
  gpus: Pick<GpuInventory, 'gpus' | 'refresh'>
  /** The source of the child of an attempt. */
  children: WarmChildren
  artifacts: ArtifactsLocation
  /** Memory that a job may take beyond twice its estimate. */
  memoryMarginBytes: number
  /** Faults that children arm, in tests. */
  faults: string | undefined
}

/**
 * Trains a delivered job in a child process and records its end.
 *
 * @param slot the slot that trains it
 * @param signal aborts when the job must be returned, because the worker drains
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
  readonly #findingStop: FindingStop
  readonly #telemetry: AttemptTelemetry
  readonly #progress: RunProgress
  readonly #writes: WriteQueue
  #intent: Intent | undefined
  /** The first finding at which the job is to end. */
  #finding: RecordedFinding | undefined
  /** Whether the store must know that the job could not be saved to be preempted. */
  #isKept = false
  /** The child's last word. */
  #ended: LastWord | undefined
  /** Events of the child. */
  #events = 0

  constructor(context: AttemptContext, jobId: string, claim: Claimed, slot: Slot) {
    this.#context = context
    this.#jobId = jobId
    this.#epoch = claim.epoch
    this.#claim = claim
    this.#slot = slot
    this.#progress = new RunProgress(claim.fromStep)
    this.#log = context.log.child({ jobId, epoch: claim.epoch })
    this.#writes = new WriteQueue(this.#log)
    const artifacts = openArtifacts(context.artifacts)
    this.#keeper = new CheckpointKeeper(context.store, artifacts, claim.spec.checkpoint, this.#log)
    this.#telemetry = new AttemptTelemetry(context, jobId, claim)
    const { metrics } = context.store
    const append = async (frame: MetricFrame, options?: AppendOptions) => {
      const answer = await metrics.append(jobId, claim.epoch, frame, options)
      failpoint('rows.appended')
      return answer
    }
    const archiver = new Archiver(metrics, artifacts, { jobId, epoch: claim.epoch, window: gradientWindow(claim.spec) })
    this.#metrics = new MetricWriter({ append: context.instruments.counted(append), archiver, log: this.#log })
    this.#diagnosis = new RunDiagnosis(claim.spec, this.#log)
    this.#findingStop = new FindingStop(claim.spec)
    const variables = jobVariables(slot.gpus, claim.spec.resources)
    this.#child = context.children.take(variables, (message) => this.#receive(message))
  }

  async run(signal: AbortSignal): Promise<Verdict> {
    const { store, engine, artifacts, faults, memoryMarginBytes } = this.#context
    const { epoch, spec, checkpoints, fromStep, fork } = this.#claim
    const [checkpoint = null] = checkpoints
    this.#log.info({ childPid: this.#child.pid, cell: spec.model.cell, fromStep }, 'attempt started')
    const kept = fork?.checkpoint ? [...checkpoints, fork.checkpoint.copy] : checkpoints
    void this.#keeper.sweep(this.#jobId, epoch, kept)
    const release = this.#obey([
      [signal, 'drain'],
      [this.#slot.lost, 'device_lost'],
    ])
    const unsubscribe = await retryWrite(() => store.control.subscribe(this.#jobId, () => void this.#pulse()))
    const unfollow = this.#context.instruments.follow(this.#claim, this.#metrics)
    const timers = [setInterval(() => void this.#pulse(), PULSE_MS), setInterval(() => void this.#flush(), RETRY_MS)]
    try {
      const dataset = usesDataset(spec.data) ? await this.#findDataset(spec.data.dataset) : undefined
      const job = { job: this.#jobId, epoch, spec, dataset, checkpoint, fork }
      const mostBytes = limitMemory(this.#slot.needs, memoryMarginBytes, dataset)
      this.#child.limitMemory(mostBytes)
      this.#child.send({ type: 'train', ...job, engine, artifacts, faults })
      const exit = await this.#child.exited
      this.#context.children.refill()
      if (exit.outgrown) this.#ended ??= tellOutgrown(mostBytes)
      return await this.#conclude(exit)
    } finally {
      for (const timer of timers) clearInterval(timer)
      unfollow()
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

  /**
   * Stops the child when a signal aborts.
   *
   * @returns a function that ends this
   */
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
        this.#progress.setEngine({ engine: message.engine, device: message.device })
        this.#diagnosis.begin(message.chanceLoss)
        this.#telemetry.trains()
        return this.#writes.add(() => this.#move('running', { computedBy: this.#computedBy(message) }))
      case 'rows':
        this.#progress.measurePace(message.rows)
        this.#progress.advanceTo(message.step)
        this.#heed(this.#diagnosis.observe(message.rows))
        this.#context.instruments.observe(message.rows)
        this.#metrics.add(message.rows)
        return void this.#flush()
      case 'checkpoint':
        this.#progress.advanceTo(message.checkpoint.step)
        return this.#writes.add(() => this.#register(message.checkpoint))
      case 'event':
        return this.#tell({ number: ++this.#events, code: message.code, data: message.data })
      case 'corrupt':
        this.#ended = message
        return this.#writes.add(() => this.#discard(message.id, message.why))
      case 'kept_on':
        return this.#keepOn()
      case 'ended':
      case 'failed':
        this.#ended = message
        if (message.type === 'ended') this.#progress.advanceTo(message.outcome.step)
        return undefined
      case 'evaluated':
      case 'replayed':
      case 'answer':
      case 'holds':
      case 'session_answered':
      case 'session_saved':
      case 'session_unsaved':
      case 'session_closed':
      case 'session_lost':
        return undefined // the end of another kind of child
      default:
        return message satisfies never
    }
  }

  #computedBy({ engine, device, numbers }: Ready): NonNullable<MoveDetail['computedBy']> {
    const gpus = toAccelerator(device) === 'gpu' ? this.#slot.gpus.map(({ uuid }) => uuid) : []
    return { engine, device, gpus, ...numbers }
  }

  #tell(event: AttemptEvent): void {
    this.#writes.add(() => this.#context.store.events.append(this.#jobId, this.#epoch, event))
  }

  #record(findings: readonly RecordedFinding[]): void {
    for (const finding of findings)
      this.#writes.add(() => this.#context.store.findings.record(this.#jobId, this.#epoch, finding))
  }

  /** Records findings, and ends the run at the first that its specification names. */
  #heed(findings: readonly RecordedFinding[]): void {
    this.#record(findings)
    if (this.#finding !== undefined) return
    const { step } = this.#progress
    const stop = this.#findingStop.hear(findings, { step, isLearning: this.#diagnosis.isLearning })
    if (stop === undefined) return
    this.#finding = stop.finding
    this.#stop(stop.intent)
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

  /** Training continues without an answer of the store. */
  async #pulse(): Promise<void> {
    try {
      await this.#hear()
    } catch (error) {
      this.#log.warn(error, 'heartbeat not delivered')
    }
  }

  /** Reports progress and receives the requests for the job. */
  async #hear(): Promise<void> {
    const isKept = this.#isKept
    const { jobs } = this.#context.store
    const { fenced, control } = await jobs.heartbeat(this.#jobId, this.#epoch, this.#progress.current, { isKept })
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

  #stop(intent: Exclude<Intent, 'fenced'>): void {
    if (isSuperseded(intent, this.#intent)) return
    this.#intent = chooseIntent(intent, this.#intent)
    if (this.#ended !== undefined) return
    this.#log.info({ intent, step: this.#progress.step }, 'stopping')
    this.#child.stop(STOP[intent])
  }

  /** The job is not preempted, because it cannot be saved now. */
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
      this.#heed(this.#diagnosis.end())
      await this.#writes.drain()
      await retryWrite(() => this.#metrics.flush()).then((answer) => answer === 'fenced' && this.#fence())
    }
    failpoint('attempt.before_conclusion')
    let answer = await this.#end(exit)
    if (answer === 'illegal') answer = await this.#end(exit) // another stop was requested meanwhile
    if (answer === 'fenced') {
      this.#log.warn('a newer attempt has the job: nothing more was written')
      this.#telemetry.end('fenced', 'a newer attempt has the job')
      return 'done'
    }
    failpoint('attempt.concluded')
    const { to, reason, verdict } = concludeAttempt(this.#ended, this.#intent, exit)
    this.#telemetry.end(to, reason)
    this.#log.info({ to, step: this.#progress.step }, 'attempt ended')
    return verdict
  }

  /** Receives the newest request, then records the end of the attempt. */
  async #end(exit: ChildExit): Promise<'moved' | 'fenced' | 'illegal'> {
    await retryWrite(() => this.#hear())
    if (this.#isFenced) return 'fenced'
    const { to, reason } = concludeAttempt(this.#ended, this.#intent, exit)
    const end = describeEnd(this.#ended, BY_FINDING.has(reason) ? this.#finding : undefined)
    if (to === 'interrupted') this.#log.warn({ ...exit, reason, ...end }, 'attempt gave the job back')
    return await retryWrite(() => this.#move(to, { ...(reason && { reason }), ...end }))
  }

  get #isFenced(): boolean {
    return this.#intent === 'fenced'
  }
}
