import { ApiKey, KeyRequest, NewApiKey, pageSchema } from '@unroll/contract'
import { makeKey } from '../../access/making.ts'
import { answer, answers, header } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const CREATE = {
  operationId: 'createKey',
  tags: ['keys'],
  summary: 'Makes a key, which is shown this once.',
  body: KeyRequest,
  response: answers(
    { 201: answer(NewApiKey, 'The key.', { location: header('The list of keys, which has it without its secret.') }) },
    ['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'CROSS_ORIGIN'],
  ),
}

const LIST = {
  operationId: 'listKeys',
  tags: ['keys'],
  summary: 'Lists all keys, newest first, also those that were revoked or have expired.',
  response: answers({ 200: answer(pageSchema(ApiKey), 'All of them.') }, []),
}

export function keys(app: App): void {
  app.post('/v1/keys', { schema: CREATE, config: { scope: 'admin' } }, async ({ body, log }, reply) => {
    const made = await makeKey(app.store.apiKeys, body)
    app.gate.forget()
    log.info({ keyId: made.id, owner: made.owner, scopes: made.scopes }, 'key made')
    return reply.code(201).header('location', '/v1/keys').header('cache-control', 'no-store').send(made)
  })

  app.get('/v1/keys', { schema: LIST, config: { scope: 'admin' } }, async () => {
    const data = await app.store.apiKeys.list()
    return { object: 'list', data, has_more: false, next: null }
  })
}
