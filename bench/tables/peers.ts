import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

/** One case of the grid, one cell, one variant. */
export interface Point {
  readonly case: string
  readonly cell: string
  readonly variant: string
  /** Milliseconds a step by competitor: the median of the calmest round. */
  readonly ms: Readonly<Record<string, number>>
  /** The way each took, where it has several. */
  readonly way: Readonly<Record<string, string>>
  /** `*`: other processes took over 0.3 of a CPU meanwhile. `~`: rounds lie over 1.25 times apart. */
  readonly doubt: Readonly<Record<string, string>>
  /** The fastest of the peers. */
  readonly fastest: string
  /** Its time divided by ours: above 1 we are faster. */
  readonly ratio: number
  /** The sum of the fastest times of the step's matrix products alone. */
  readonly floor_ms: number
  /** That sum divided by our time. */
  readonly floor_share: number
}

export interface Summary {
  readonly cell: string
  readonly variant: string
  readonly geometric_mean: number
  readonly worst: Pick<Point, 'case' | 'ratio'>
}

/** The largest relative differences of our first step from float64 autograd. */
export interface Check {
  readonly cell: string
  readonly loss: number
  readonly grad_norm: number
  readonly flow: number
}

export interface PeersResult extends Result {
  readonly threads: number
  readonly rounds: number
  readonly points: readonly Point[]
  readonly summary: readonly Summary[]
  readonly check: readonly Check[]
}

export function pointsTable({ points }: Pick<PeersResult, 'points'>): string {
  const names = Object.keys(points[0]?.ms ?? {})
  return table(
    ['size', 'cell', 'variant', ...names.map((name) => `${name}, ms`), 'ratio', 'GEMM floor, ms', 'share'],
    points.map((point) => [
      point.case,
      point.cell,
      point.variant,
      ...names.map((name) => timeOf(point, name)),
      digits(point.ratio),
      digits(point.floor_ms),
      `${Math.round(100 * point.floor_share)} %`,
    ]),
    3,
  )
}

/** With marks of doubt and the way that was taken. */
function timeOf({ ms, doubt, way }: Point, name: string): string {
  const value = ms[name]
  if (value === undefined) return '-'
  return `${digits(value)}${doubt[name] ?? ''}${way[name] === undefined ? '' : ` (${way[name]})`}`
}

export function summaryTable({ summary }: Pick<PeersResult, 'summary'>): string {
  return table(
    ['cell', 'variant', 'geometric mean', 'worst point'],
    summary.map(({ cell, variant, geometric_mean, worst }) => [
      cell,
      variant,
      digits(geometric_mean),
      `${digits(worst.ratio)} (${worst.case})`,
    ]),
    2,
  )
}

export function checkTable({ check }: Pick<PeersResult, 'check'>): string {
  return table(
    ['cell', 'loss', 'gradient norm', '‖∂L/∂h_t‖'],
    check.map(({ cell, ...errors }) => [cell, ...Object.values(errors).map((error) => error.toExponential(1))]),
  )
}
