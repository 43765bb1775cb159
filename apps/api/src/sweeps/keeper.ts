import type { FastifyBaseLogger } from 'fastify'
import { inRounds, type Rounds } from '../rounds.ts'
import type { Services } from '../types.ts'
import { advance } from './advance.ts'

/** Milliseconds between two looks: the delay after which work of a dead process, or a job's end, is noticed. */
const EVERY_MS = 500

/** Advances every sweep until it is closed, also those of dead processes, and after an outage of the store. */
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
