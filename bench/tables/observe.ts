import type { Result } from '../results.ts'
import { digits, surcharge, table } from './markdown.ts'

/** What is asked of a step beside its update. */
export const OBSERVED = ['metrics', 'flow', 'both', 'probe', 'saturation', 'bias'] as const
export type ObservedName = (typeof OBSERVED)[number]
/** What is meant for every 10th to 100th step. */
export const OCCASIONAL: readonly ObservedName[] = ['probe', 'saturation', 'bias']

/** Time of an observing stretch divided by the time of its neighbour that observes nothing: quartiles over the pairs. */
export interface Ratio {
  readonly lower: number
  readonly median: number
  readonly upper: number
}

export interface ObserveResult extends Result {
  readonly rows: readonly {
    readonly size: string
    /** That the pairs are shared among; one where it is absent. */
    readonly processes?: number
    readonly pairs: number
    /** Steps of a stretch. */
    readonly steps: number
    /** Median of a step that observes nothing, milliseconds. */
    readonly nothing_ms: number
    readonly ratios: Readonly<Partial<Record<ObservedName, Ratio>>>
  }[]
}

export function observeTable({ rows }: ObserveResult): string {
  const measured = OBSERVED.filter((name) => rows.some(({ ratios }) => ratios[name] !== undefined))
  return table(
    ['size', 'processes', 'pairs × steps', 'nothing, ms', ...measured],
    rows.map(({ size, processes = 1, pairs, steps, nothing_ms, ratios }) => [
      size,
      String(processes),
      `${pairs} × ${steps}`,
      digits(nothing_ms),
      ...measured.map((name) => spread(ratios[name])),
    ]),
  )
}

function spread(ratio: Ratio | undefined): string {
  if (ratio === undefined) return 'not measured'
  return `${surcharge(ratio.median)} (${surcharge(ratio.lower)} to ${surcharge(ratio.upper)})`
}
