import type { Job, Measured, MetricsPage } from '@unroll/client'
import { sparkline } from './sparkline.ts'

const BAR = 20
const SPARKS = 30
const KEPT = 2_000

/** The series that the view shows. */
export const SHOWN = ['loss', 'grad_norm', 'grad_norm_clipped'] as const

/** A run as one line: progress, the newest numbers, and the gradient norm as a sparkline. */
export class RunView {
  #norms: Measured[] = []
  #newest: Partial<Record<(typeof SHOWN)[number], Measured>> = {}
  #step = 0

  add({ steps, series }: MetricsPage): void {
    this.#step = steps.at(-1) ?? this.#step
    this.#norms = [...this.#norms, ...(series['grad_norm'] ?? [])].slice(-KEPT)
    for (const name of SHOWN) this.#newest[name] = series[name]?.at(-1) ?? this.#newest[name] ?? null
  }

  line({ status, progress: { max_steps, eta_seconds } }: Job): string {
    const { loss = null, grad_norm = null, grad_norm_clipped = null } = this.#newest
    const parts = [
      status,
      progressBar(this.#step / max_steps, BAR),
      `step ${this.#step}/${max_steps}`,
      `loss ${figure(loss)}`,
      `norm ${figure(grad_norm)} → ${figure(grad_norm_clipped)}`,
      sparkline(this.#norms, SPARKS),
      eta_seconds === null ? '' : `${Math.ceil(eta_seconds)} s left`,
    ]
    return parts.filter((part) => part !== '').join('  ')
  }
}

/** @param share from 0 to 1 */
export function progressBar(share: number, width: number): string {
  const filled = Math.floor(Math.min(Math.max(share, 0), 1) * width)
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${Math.floor(share * 100)}%`
}

/** A number in at most four digits. */
export function figure(value: Measured): string {
  if (value === null) return '-'
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}
