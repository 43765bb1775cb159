import { KeyRotation, NewApiKey } from '@unroll/contract'
import { rotateKey } from '../../../../access/making.ts'
import { answer, answers } from '../../../../document/answers.ts'
import type { App } from '../../../../types.ts'
import { KEY_ID } from '../../../parameters.ts'

const ROTATE = {
  operationId: 'rotateKey',
  tags: ['keys'],
  summary: 'Makes a key in place of another, which works for some more time.',
  params: KEY_ID,
  body: KeyRotation,
  response: answers({ 201: answer(NewApiKey, 'The new key.') }, [
    'KEY_NOT_FOUND',
    'KEY_ENDED',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

export function rotate(app: App): void {
  app.post('/v1/keys/:id/rotate', { schema: ROTATE, config: { scope: 'admin' } }, async (request, reply) => {
    const { params, body, log } = request
    const made = await rotateKey(app.store.apiKeys, params.id, body.overlap_seconds * 1_000)
    app.gate.forget()
    log.info({ keyId: made.id, replaces: params.id }, 'key rotated')
    return reply.code(201).header('cache-control', 'no-store').send(made)
  })
}
