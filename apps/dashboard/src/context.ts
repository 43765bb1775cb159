import type { UnrollClient } from '@unroll/client'
import type { Connection, Pace } from './data/poll.ts'

/** The context of every view. `signal` aborts when another view replaces it: listeners and polls end with it. */
export interface ViewContext {
  readonly client: UnrollClient
  readonly pace: Pace
  readonly connection: Connection
  readonly signal: AbortSignal
  /** When what is shown was recorded, in milliseconds since 1970; undefined of a service, of which more can be asked. */
  readonly recordedAt: number | undefined
}
