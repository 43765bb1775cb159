import underPressure from '@fastify/under-pressure'
import { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'

/**
 * Refuses requests while the event loop is late, so that those under way are answered. Streams and uploads go on, and the
 * probes are answered: a restart would not help.
 *
 * @param mostDelayMs mean delay of the event loop within a second
 */
export function shedding(app: App, mostDelayMs: number): void {
  app.register(underPressure, {
    maxEventLoopDelay: mostDelayMs,
    pressureHandler: ({ routeOptions }, _reply, _type, delayMs) => {
      if (routeOptions.config.scope === 'public') return
      throw new UnrollError(
        'OVERLOADED',
        `Cannot answer now: the event loop is ${Math.round(delayMs ?? 0)} ms late, and must be ${mostDelayMs} at most`,
      )
    },
  })
}
