import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

/** A target that ran. */
export interface Target {
  readonly target: string
  /** Numbers in a vector. */
  readonly lanes: number
  /** GFLOP/s of multiply-adds that stay in registers. */
  readonly peak: number
}

export interface KernelRow {
  readonly rows: number
  readonly inner: number
  readonly columns: number
  readonly packs: boolean
  readonly uses: readonly string[]
  /** GFLOP/s of ours by target. */
  readonly ours: Readonly<Record<string, number>>
  /** GFLOP/s of others by library. */
  readonly libraries: Readonly<Record<string, number>>
}

export interface KernelsResult extends Result {
  readonly rounds: number
  readonly targets: readonly Target[]
  /** Targets that did not run, and why. */
  readonly skipped: Readonly<Record<string, string>>
  readonly rows: readonly KernelRow[]
}

export function targetsTable({ targets, skipped }: Pick<KernelsResult, 'targets' | 'skipped'>): string {
  const ran = targets.map(({ target, lanes, peak }) => [target, String(lanes), digits(peak)])
  return table(
    ['target', 'lanes', 'peak, GFLOP/s'],
    [...ran, ...Object.entries(skipped).map(([name, why]) => [name, why, '-'])],
  )
}

export function kernelsTable({ targets, rows }: Pick<KernelsResult, 'targets' | 'rows'>): string {
  return table(
    ['product', 'use', ...targets.flatMap(({ target }) => [target, 'of peak']), 'best library', 'ratio'],
    rows.map((row) => {
      const [library = '', best = NaN] = fastest(row)
      const own = Math.max(...Object.values(row.ours))
      return [
        `${row.rows} × ${row.inner} × ${row.columns}${row.packs ? ' *' : ''}`,
        usesOf(row),
        ...targets.flatMap(({ target, peak }) => {
          const rate = row.ours[target] ?? NaN
          return [digits(rate), `${Math.round((100 * rate) / peak)} %`]
        }),
        `${digits(best)} (${library})`,
        digits(own / best),
      ]
    }),
    2,
  )
}

/** The first use, and how many more there are. */
function usesOf({ uses: [first = '', ...others] }: KernelRow): string {
  return others.length === 0 ? first : `${first} + ${others.length}`
}

export function fastest({ libraries }: Pick<KernelRow, 'libraries'>): readonly [string, number] | [] {
  return Object.entries(libraries).toSorted(([, a], [, b]) => b - a)[0] ?? []
}
