import type { Replay } from '@unroll/contract'
import type { Context } from '../redis/context.ts'
import { recorded, type Recorded } from './recorded.ts'

/** Which past step of what is computed again. */
export type NewReplay = Pick<Replay, 'job' | 'step' | 'observe' | 'checkpoint'>

/** Past steps that are computed again, on request: their norms of each time step are kept in the record. */
export function replays(context: Context): Recorded<Replay, NewReplay> {
  return recorded(context, {
    queue: 'replays',
    object: 'replay',
    notFound: 'REPLAY_NOT_FOUND',
    mostKept: 20,
    answer: 'result',
  })
}
