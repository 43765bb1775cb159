import type { Result } from '../results.ts'
import { digits, table } from './markdown.ts'

export interface BadBodiesResult extends Result {
  readonly rounds: number
  readonly rows: readonly {
    readonly body: string
    readonly mebibytes: number
    /** Of the answer. */
    readonly status: number
    readonly refusal_ms: { readonly median: number; readonly most: number }
    /** Of the API process, for one refusal and the requests beside it. */
    readonly cpu_ms: number
    /** The longest that `GET /livez` took meanwhile, over all rounds. */
    readonly wait_ms: number
  }[]
}

export function badBodiesTable({ rows }: BadBodiesResult): string {
  return table(
    ['body', 'MiB', 'status', 'CPU, ms', 'refused in, ms', 'at most, ms', 'longest wait of another, ms'],
    rows.map(({ body, mebibytes, status, cpu_ms, refusal_ms, wait_ms }) => [
      body,
      digits(mebibytes),
      String(status),
      digits(cpu_ms),
      digits(refusal_ms.median),
      digits(refusal_ms.most),
      digits(wait_ms),
    ]),
  )
}
