// One attempt of this worker at a job, from claim to conclusion. What the child does and what the store says meet here:
//
//   claim ─▶ starting ──ready──▶ running ──ended | failed──▶ leaving ─▶ conclude: succeeded | failed
//               └──────────┬────────┘
//        cancel | pause | drain: stop the child ─▶ conclude: cancelled | paused | interrupted
//        fenced by a newer attempt: kill the child ─▶ write nothing more
//        child lost ─▶ conclude: interrupted
//
// Every write carries the epoch of the claim. Before a conclusion is written, all rows and events are in the store.

import type { JobResult, MoveDetail, Progress, StopReason, Store } from '@unroll/store'
import type { JobSpec, JobStatus, MetricFrame, MetricRow, Reason, RecordedFinding } from '@unroll/spec'
import type { Logger } from 'pino'
import type { EngineChoice, FromChild } from './protocol.ts'
import { RunDiagnosis } from './run_diagnosis.ts'
import { untilStored } from './settle.ts'
import { MetricSpool } from './spool.ts'
import { TrainingChild, type ChildExit } from './supervise.ts'

const PULSE_MS = 500 // heartbeat and control; cancel is also nudged, so this bounds only a lost nudge
const FLUSH_MS = 200
const PACE_SMOOTHING = 0.05 // share of the newest step in the running mean of step times

export interface AttemptContext {
  store: Store
  log: Logger
  workerId: string
  engine: EngineChoice
  artifacts: string
}

/** Why a child was stopped before its run ended. */
type Intent = 'cancel' | 'pause' | 'expire' | 'drain' | 'fenced'

/** `return`: the queue is to hand the job out again. */
export type Verdict = 'done' | 'return'

interface Conclusion {
  to: JobStatus
  reason?: Reason
  verdict: Verdict
}

const STOPPED: Record<Exclude<Intent, 'fenced'>, Conclusion> = {
  cancel: { to: 'cancelled', reason: 'user_cancelled', verdict: 'done' },
  pause: { to: 'paused', reason: 'user_paused', verdict: 'done' },
  expire: { to: 'failed', reason: 'deadline_exceeded', verdict: 'done' },
  drain: { to: 'interrupted', reason: 'worker_draining', verdict: 'return' },
}

const CHILD_LOST: Conclusion = { to: 'interrupted', reason: 'engine_error', verdict: 'return' }

/**
 * Takes a job that the queue handed out, trains it in a child process and writes how it ended.
 *
 * @param signal aborts when the worker drains, and the job is to be given back
 */
export async function attemptJob(context: AttemptContext, jobId: string, signal: AbortSignal): Promise<Verdict> {
  const claim = await untilStored(() => context.store.jobs.claim(jobId, context.workerId))
  if ('refused' in claim) {
    context.log.info({ jobId, refused: claim.refused }, 'job not taken')
    return 'done'
  }
  return new Attempt(context, jobId, claim).run(signal)
}

class Attempt {
  readonly #context: AttemptContext
  readonly #log: Logger
  readonly #jobId: string
  readonly #epoch: number
  readonly #spec: JobSpec
  readonly #child: TrainingChild
  readonly #spool: MetricSpool
  readonly #diagnosis: RunDiagnosis
  /** The newest step a row arrived for, and the pace. */
  #progress: Progress
  #intent: Intent | undefined
  /** The child's last word. */
  #ended: Extract<FromChild, { type: 'ended' | 'failed' }> | undefined
  /** Moves and events in the order they happened; each waits for the one before. */
  #writes: Promise<unknown> = Promise.resolve()

  constructor(context: AttemptContext, jobId: string, claim: { epoch: number; spec: JobSpec; fromStep: number }) {
    this.#context = context
    this.#jobId = jobId
    this.#epoch = claim.epoch
    this.#spec = claim.spec
    this.#progress = { step: claim.fromStep }
    this.#log = context.log.child({ jobId, epoch: claim.epoch })
    const append = (frame: MetricFrame) => context.store.metrics.append(jobId, claim.epoch, frame)
    this.#spool = new MetricSpool(append, () => performance.now())
    this.#diagnosis = new RunDiagnosis(claim.spec, this.#log)
    this.#child = new TrainingChild((message) => this.#receive(message))
  }

  async run(signal: AbortSignal): Promise<Verdict> {
    const { store, engine, artifacts } = this.#context
    this.#log.info({ childPid: this.#child.pid, cell: this.#spec.model.cell }, 'attempt started')
    const drain = () => {
      // A lost lock stops nothing here: if a newer attempt has the job, the store says so at the next write.
      if (signal.reason === ('shutdown' satisfies StopReason)) this.#stop('drain')
    }
    signal.addEventListener('abort', drain, { once: true })
    if (signal.aborted) drain()
    const unsubscribe = await untilStored(() => store.control.subscribe(this.#jobId, () => void this.#pulse()))
    const timers = [setInterval(() => void this.#pulse(), PULSE_MS), setInterval(() => void this.#flush(), FLUSH_MS)]
    try {
      this.#child.send({ type: 'train', spec: this.#spec, engine, artifacts })
      const exit = await this.#child.exited
      return await this.#conclude(exit)
    } finally {
      for (const timer of timers) clearInterval(timer)
      unsubscribe()
      signal.removeEventListener('abort', drain)
    }
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        return this.#write(() => this.#move('running'))
      case 'rows':
        this.#observe(message.rows)
        this.#record(this.#diagnosis.observe(message.rows))
        return this.#spool.add(message.rows)
      case 'event':
        return this.#write(() =>
          this.#context.store.events.append(this.#jobId, this.#epoch, message.code, message.data),
        )
      case 'ended':
      case 'failed':
        this.#ended = message
        return undefined
      default:
        return message satisfies never
    }
  }

  #observe(rows: readonly MetricRow[]): void {
    for (const { step, series } of rows) {
      const ms = series['step_ms'] ?? 0
      const smoothed = this.#progress.stepMs ?? ms
      this.#progress = { step, stepMs: smoothed + PACE_SMOOTHING * (ms - smoothed) }
    }
  }

  #record(findings: readonly RecordedFinding[]): void {
    for (const finding of findings)
      this.#write(() => this.#context.store.findings.record(this.#jobId, this.#epoch, finding))
  }

  #write(write: () => Promise<unknown>): void {
    this.#writes = this.#writes
      .then(() => untilStored(write))
      .catch((error: unknown) => this.#log.error(error, 'write failed'))
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
    const { fenced, control } = await this.#context.store.jobs.heartbeat(this.#jobId, this.#epoch, this.#progress)
    if (fenced) this.#fence()
    else if (control !== 'none') this.#stop(control)
  }

  async #flush(): Promise<void> {
    try {
      if ((await this.#spool.flush()) === 'fenced') this.#fence()
    } catch (error) {
      this.#log.warn({ err: error, rows: this.#spool.size }, 'rows not delivered yet')
    }
  }

  /** The newest wish of clients counts, and before that of draining; the child is told once. */
  #stop(intent: Exclude<Intent, 'fenced'>): void {
    const earlier = this.#intent
    if (earlier === 'fenced' || (earlier !== undefined && intent === 'drain')) return
    this.#intent = intent
    if (earlier !== undefined || this.#ended !== undefined) return
    this.#log.info({ intent, step: this.#progress.step }, 'stopping')
    this.#child.stop()
  }

  #fence(): void {
    this.#intent = 'fenced'
    this.#child.kill()
  }

  async #conclude(exit: ChildExit): Promise<Verdict> {
    if (!this.#isFenced) {
      this.#record(this.#diagnosis.end())
      await untilStored(() => this.#spool.flush()).then((answer) => answer === 'fenced' && this.#fence())
      await this.#writes
    }
    let answer = await this.#end(exit)
    if (answer === 'illegal') answer = await this.#end(exit) // it was asked to stop in another way meanwhile
    if (answer === 'fenced') {
      this.#log.warn('a newer attempt has the job')
      return 'done'
    }
    const { to, verdict } = this.#conclusion()
    this.#log.info({ to, step: this.#progress.step }, 'attempt ended')
    return verdict
  }

  /** Hears the newest wish, then writes how the attempt ended. */
  async #end(exit: ChildExit): Promise<'moved' | 'fenced' | 'illegal'> {
    await untilStored(() => this.#hear())
    if (this.#isFenced) return 'fenced'
    const { to, reason } = this.#conclusion()
    if (to === 'interrupted') this.#log.warn({ ...exit, reason }, 'attempt gave the job back')
    return await untilStored(() => this.#move(to, { ...(reason && { reason }), ...this.#detail() }))
  }

  get #isFenced(): boolean {
    return this.#intent === 'fenced'
  }

  #conclusion(): Conclusion {
    const word = this.#ended
    if (word?.type === 'failed') return { to: 'failed', reason: word.reason, verdict: 'done' }
    if (word?.type === 'ended' && word.outcome.type === 'succeeded') {
      const { reason } = word.outcome
      return { to: 'succeeded', verdict: 'done', ...(reason && { reason }) }
    }
    if (word?.type === 'ended' && word.outcome.type === 'failed')
      return { to: 'failed', reason: word.outcome.reason, verdict: 'done' }
    return this.#intent === undefined || this.#intent === 'fenced' ? CHILD_LOST : STOPPED[this.#intent]
  }

  /** Error or result that go with the child's last word. */
  #detail(): MoveDetail {
    const word = this.#ended
    if (word?.type === 'failed') return { error: { code: word.reason, message: word.message, pointer: word.pointer } }
    if (word?.type !== 'ended') return {}
    const { outcome } = word
    if (outcome.type === 'succeeded') return { result: resultOf(outcome.result) }
    if (outcome.type === 'failed')
      return { error: { code: outcome.reason, message: outcome.message, pointer: outcome.pointer } }
    return {}
  }
}

/** Last values of the series; norms of single parameters are left to the metrics. */
function resultOf(series: Record<string, number>): JobResult {
  return Object.fromEntries(Object.entries(series).filter(([name]) => !name.includes('/')))
}
