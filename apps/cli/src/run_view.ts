import {
  EVALUATED_NAMES,
  type EvaluatedName,
  type Job,
  type Measured,
  type MetricsPage,
  type StreamMessage,
} from '@unroll/client'
import { sparkline } from './sparkline.ts'

const BAR = 20
const SPARKS = 30
const KEPT = 2_000
/** Newest steps by which the pace is told. */
const PACED = 100
const FOLLOWS_FROM_LOSS: readonly EvaluatedName[] = ['evaluation_perplexity', 'evaluation_bits_per_character']

/** The series that the view is made of. */
export const SHOWN: readonly string[] = ['loss', 'grad_norm', 'grad_norm_clipped', 'step_ms', ...EVALUATED_NAMES]

/** Series that every row of a run has. */
type Row = { step: number } & Record<'loss' | 'grad_norm' | 'grad_norm_clipped' | 'step_ms', Measured>

/** A run as it is followed: its state and its newest rows. As one line: progress, numbers, and the norm as a sparkline. */
export class RunView {
  #job: Job
  /** The newest rows, oldest first. */
  #rows: Row[] = []
  /** The newest value of each series of evaluations. */
  readonly #evaluated = new Map<EvaluatedName, Measured>()

  constructor(job: Job) {
    this.#job = job
  }

  /** The last known state of the job. */
  get job(): Job {
    return this.#job
  }

  /** The newest row. */
  get newest(): Readonly<Row> {
    return this.#rows.at(-1) ?? { step: 0, loss: null, grad_norm: null, grad_norm_clipped: null, step_ms: null }
  }

  /** Median milliseconds of the newest steps, as the first of an attempt is long; null if none is measured. */
  get stepMs(): number | null {
    const measured = this.#rows.slice(-PACED).flatMap(({ step_ms: ms }) => (ms === null ? [] : [ms]))
    return measured.toSorted((a, b) => a - b)[measured.length >> 1] ?? null
  }

  /** The newest values of a series, oldest first. */
  curve(name: 'loss' | 'grad_norm'): (number | null)[] {
    return this.#rows.map((row) => row[name])
  }

  /** Adds a message of the run's stream. */
  hear({ type, data }: StreamMessage): void {
    if (type === 'status' || type === 'end') this.#job = data
    if (type === 'metrics') this.#add(data)
  }

  line(): string {
    const { status, queue, progress } = this.#job
    const { step, loss, grad_norm, grad_norm_clipped } = this.newest
    const parts = [
      status,
      queue.waiting_for === null ? '' : `waits for ${queue.waiting_for}`,
      progressBar(step / progress.max_steps, BAR),
      `step ${step}/${progress.max_steps}`,
      `loss ${figure(loss)}`,
      `norm ${figure(grad_norm)} → ${figure(grad_norm_clipped)}`,
      this.evaluatedWords(),
      sparkline(this.curve('grad_norm'), SPARKS),
      status === 'running' ? timeLeft(this.stepMs, progress.max_steps - step) : '',
    ]
    return parts.filter((part) => part !== '').join('  ')
  }

  /** `evaluation loss 0.3, accuracy 0.9`; what of next symbols follows from the loss is left out. */
  evaluatedWords(): string {
    const told = [...this.#evaluated].filter(([name]) => !FOLLOWS_FROM_LOSS.includes(name))
    const words = told.map(
      ([name, value]) => `${name.slice('evaluation_'.length).replaceAll('_', ' ')} ${figure(value)}`,
    )
    return words.length === 0 ? '' : `evaluation ${words.join(', ')}`
  }

  #add({ steps, series, resumed_from_step: resumed = Infinity }: MetricsPage): void {
    const valueAt = (name: string, at: number) => series[name]?.[at] ?? null
    for (const name of EVALUATED_NAMES) {
      const newest = series[name]?.findLast((value) => value !== null)
      if (newest !== undefined) this.#evaluated.set(name, newest)
    }
    const come = steps.map((step, at): Row => ({
      step,
      loss: valueAt('loss', at),
      grad_norm: valueAt('grad_norm', at),
      grad_norm_clipped: valueAt('grad_norm_clipped', at),
      step_ms: valueAt('step_ms', at),
    }))
    this.#rows = [...this.#rows.filter(({ step }) => step <= resumed), ...come].slice(-KEPT)
  }
}

function timeLeft(stepMs: number | null, steps: number): string {
  return stepMs === null ? '' : `${Math.ceil((steps * stepMs) / 1_000)} s left`
}

/** @param share from 0 to 1 */
export function progressBar(share: number, width: number): string {
  const filled = Math.floor(Math.min(Math.max(share, 0), 1) * width)
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${Math.floor(share * 100)}%`
}

/** A number with at most four digits. */
export function figure(value: Measured): string {
  if (value === null) return '-'
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}
