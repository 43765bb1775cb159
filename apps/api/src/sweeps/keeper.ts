import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Services } from '../types.ts'
import { advance } from './advance.ts'

/** How often sweeps are looked at: what another process left undone, or a worker brought about, is seen after this. */
const EVERY_MS = 500

export interface SweepKeeper {
  close(): Promise<void>
}

/** Takes every sweep on, until it is closed: also those of processes that are gone, and after the store was away. */
export function keepSweeps(
  services: Pick<Services, 'store' | 'artifacts'>,
  log: Pick<FastifyBaseLogger, 'warn'>,
): SweepKeeper {
  const stop = new AbortController()
  const rounds = keep()

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      const due = await services.store.sweeps.due().catch(told([]))
      for (const id of due) await advance(services, id).catch(told(undefined, id))
      await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {}) // the abort
    }
  }

  function told<Value>(value: Value, sweep?: string): (error: unknown) => Value {
    return (err) => {
      log.warn({ err, sweep }, 'sweep not advanced yet')
      return value
    }
  }

  return {
    async close() {
      stop.abort()
      await rounds
    },
  }
}
