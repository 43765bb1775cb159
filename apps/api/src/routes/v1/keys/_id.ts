import { answers, noBody } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { KEY_ID } from '../../parameters.ts'

const REVOKE = {
  operationId: 'revokeKey',
  tags: ['keys'],
  summary: 'Revokes a key: it is refused within 5 s by every process of the service, and stays in the list.',
  params: KEY_ID,
  response: answers({ 204: noBody('The key is revoked.') }, ['KEY_NOT_FOUND', 'CROSS_ORIGIN']),
}

export function key(app: App): void {
  app.delete('/v1/keys/:id', { schema: REVOKE, config: { scope: 'admin' } }, async ({ params, log }, reply) => {
    await app.store.apiKeys.end(params.id, Date.now(), { isRevoked: true })
    app.gate.forget()
    log.info({ keyId: params.id }, 'key revoked')
    return reply.code(204).send()
  })
}
