import type { UnrollClient } from '@unroll/client'
import type { Connection, Pace } from './data/poll.ts'

/** The context of every view. `signal` aborts when another view replaces it: listeners and polls end with it. */
export interface ViewContext {
  readonly client: UnrollClient
  readonly pace: Pace
  readonly connection: Connection
  readonly signal: AbortSignal
}
