import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface KeysResult extends Result {
  readonly rounds: number
  /** Polls of a block. */
  readonly polls: number
  /** Of the API process for a poll, in microseconds: without keys, of another service without keys, with keys and limits. */
  readonly cpu_us: readonly [without: number, again: number, withKeys: number]
  /** CPU of the second service to that of the first, the median over rounds: 1 but for noise. */
  readonly control: number
  /** CPU with keys and limits to that without, the same way. */
  readonly ratio: number
}

export function keysTable({ cpu_us: [without, again, withKeys], control, ratio }: KeysResult): string {
  return table(
    ['CPU of a poll without keys, µs', 'without keys again, µs', 'ratio', 'with keys and limits, µs', 'ratio'],
    [[digits(without), digits(again), control.toFixed(3), digits(withKeys), ratio.toFixed(3)]],
  )
}
