import type { FastifyBaseLogger } from 'fastify'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Services } from '../types.ts'
import { advance } from './advance.ts'

/** How often sweeps are looked at: what another process left undone, or a worker brought about, is seen after this. */
const EVERY_MS = 500

/** Takes every sweep on, until it is closed: also those of processes that are gone, and after the store was away. */
export function keepSweeps(
  services: Pick<Services, 'store' | 'artifacts'>,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Rounds {
  const told = (err: unknown, sweep?: string) => log.warn({ err, sweep }, 'sweep not advanced yet')
  const round = async () => {
    for (const id of await services.store.sweeps.due())
      await advance(services, id).catch((error: unknown) => told(error, id))
  }
  return inRounds(EVERY_MS, round, told)
}
