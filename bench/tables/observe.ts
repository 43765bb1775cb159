import type { Result } from '../results.ts'
import { digits, surcharge, table } from './markdown.ts'

/** What is asked of a step beside its update. */
export const OBSERVED = ['nothing', 'metrics', 'flow', 'probe', 'saturation', 'bias'] as const
export type ObservedName = (typeof OBSERVED)[number]

export interface ObserveResult extends Result {
  readonly rows: readonly {
    readonly size: string
    readonly rounds: number
    /** Median of a step, milliseconds. */
    readonly ms: Readonly<Record<ObservedName, number>>
    /** To a step that observes nothing. */
    readonly ratio: Readonly<Record<ObservedName, number>>
  }[]
}

export function observeTable({ rows }: ObserveResult): string {
  const others = OBSERVED.filter((name) => name !== 'nothing')
  return table(
    ['size', 'nothing, ms', ...others],
    rows.map(({ size, ms, ratio }) => [size, digits(ms.nothing), ...others.map((name) => surcharge(ratio[name]))]),
  )
}
