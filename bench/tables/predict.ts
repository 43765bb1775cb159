import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface PredictResult extends Result {
  readonly shape: Readonly<Record<'T' | 'X' | 'H' | 'K', number>>
  readonly rows: readonly {
    readonly what: string
    readonly sequences_per_second: number
    /** Its speed to that of the forward pass of training. */
    readonly ratio: number
  }[]
  /** Milliseconds that one sequence, and one further symbol, of one request take. */
  readonly alone_ms: { readonly sequence: number; readonly step: number }
}

export function predictTable({ rows, shape, alone_ms: alone }: PredictResult): string {
  const { T, X, H, K } = shape
  const head = `lstm, T ${T}, X ${X}, H ${H}, K ${K}. Alone, a sequence takes ${digits(alone.sequence)} ms and a step ${digits(alone.step)} ms.`
  const body = table(
    ['', 'sequences/s', 'to the forward pass of training'],
    rows.map(({ what, sequences_per_second: speed, ratio }) => [what, digits(speed), digits(ratio)]),
  )
  return `${head}\n\n${body}`
}
