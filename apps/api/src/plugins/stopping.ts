import { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'

/** How long requests in hand, such as uploads, may take once the service stops. The process ends within 5 s. */
const FINISH_MS = 3_000

/**
 * Ends the service in order: from the first moment new requests and `/readyz` are refused; those in hand are finished, or
 * cut off after 3 s; connections do not outlive them.
 */
export function stopping(app: App): void {
  let isStopping = false
  app.addHook('onRequest', async (_request, reply) => {
    if (!isStopping) return
    reply.header('connection', 'close')
    throw new UnrollError('STOPPING', 'Cannot answer as the service is stopping')
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isStopping) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    isStopping = true
    setTimeout(() => app.server.closeAllConnections(), FINISH_MS).unref()
  })
}
