import type { Job, Measured, MetricsPage, StreamMessage } from '@unroll/client'
import { sparkline } from './sparkline.ts'

const BAR = 20
const SPARKS = 30
const KEPT = 2_000

/** The series of the view. */
export const SHOWN = ['loss', 'grad_norm', 'grad_norm_clipped', 'step_ms'] as const

type Row = { step: number } & Record<(typeof SHOWN)[number], Measured>

/** A run as one line: progress, the newest numbers, and the gradient norm as a sparkline. */
export class RunView {
  #job: Job
  /** The newest rows, oldest first. */
  #rows: Row[] = []

  constructor(job: Job) {
    this.#job = job
  }

  /** The last known state of the job. */
  get job(): Job {
    return this.#job
  }

  /** Adds a message of the run's stream. */
  hear({ type, data }: StreamMessage): void {
    if (type === 'status' || type === 'end') this.#job = data
    if (type === 'metrics') this.#add(data)
  }

  line(): string {
    const { status, queue, progress } = this.#job
    const { step = 0, loss = null, grad_norm = null, grad_norm_clipped = null } = this.#rows.at(-1) ?? {}
    const norms = this.#rows.map((row) => row.grad_norm)
    const parts = [
      status,
      queue.waiting_for === null ? '' : `waits for ${queue.waiting_for}`,
      progressBar(step / progress.max_steps, BAR),
      `step ${step}/${progress.max_steps}`,
      `loss ${figure(loss)}`,
      `norm ${figure(grad_norm)} → ${figure(grad_norm_clipped)}`,
      sparkline(norms, SPARKS),
      status === 'running' ? timeLeft(this.#rows, progress.max_steps - step) : '',
    ]
    return parts.filter((part) => part !== '').join('  ')
  }

  #add({ steps, series, resumed_from_step: resumed = Infinity }: MetricsPage): void {
    const valueAt = (name: string, at: number) => series[name]?.[at] ?? null
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

/** By the speed of these rows. */
function timeLeft(rows: readonly Row[], steps: number): string {
  const measured = rows.flatMap(({ step_ms: ms }) => (ms === null ? [] : [ms]))
  if (measured.length === 0) return ''
  const mean = measured.reduce((sum, ms) => sum + ms, 0) / measured.length
  return `${Math.ceil((steps * mean) / 1_000)} s left`
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
