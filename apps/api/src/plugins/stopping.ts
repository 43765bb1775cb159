import { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'

/** Time for active requests, such as uploads, after a stop request. The process exits within 5 s. */
const FINISH_MS = 3_000

/**
 * Stops the service: refuses new requests and `/readyz` at once, finishes active requests or closes them after 3 s,
 * then closes all connections.
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
