import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface KeysResult extends Result {
  readonly rounds: number
  /** Polls of a block. */
  readonly polls: number
  /** Of the API process for a poll, in microseconds: without keys, with keys. */
  readonly cpu_us: readonly [without: number, withKeys: number]
  /** CPU with keys to that without, the median over pairs of blocks. */
  readonly ratio: number
}

export function keysTable({ cpu_us: [without, withKeys], ratio }: KeysResult): string {
  return table(
    ['CPU of a poll without keys, µs', 'with keys, µs', 'ratio'],
    [[digits(without), digits(withKeys), ratio.toFixed(3)]],
  )
}
