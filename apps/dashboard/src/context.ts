import type { UnrollClient } from '@unroll/client'
import type { Connection, Pace } from './data/poll.ts'

/** What every view is handed. `signal` aborts when another view takes its place: listeners and polls end with it. */
export interface ViewContext {
  readonly client: UnrollClient
  readonly pace: Pace
  readonly connection: Connection
  readonly signal: AbortSignal
}
