import { SessionDetail } from '@unroll/contract'
import { answer, answers, noBody } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'
import { SESSION_ID } from '../../parameters.ts'

const GET = {
  operationId: 'getSession',
  tags: ['sessions'],
  summary:
    'Returns a session: its specification, its step, whether a worker has it, its newest updates, the answer to its last batch, and the weights that it has saved.',
  params: SESSION_ID,
  response: answers({ 200: answer(SessionDetail, 'The session.') }, ['SESSION_NOT_FOUND']),
}

const DELETE = {
  operationId: 'deleteSession',
  tags: ['sessions'],
  summary: 'Deletes a session; weights that it has saved stay.',
  params: SESSION_ID,
  response: answers({ 204: noBody('The session is deleted.') }, [
    'SESSION_NOT_FOUND',
    'CROSS_ORIGIN',
    'ARTIFACTS_UNAVAILABLE',
  ]),
}

export function session(app: App): void {
  app.get('/v1/sessions/:id', { schema: GET, config: { scope: 'read' } }, ({ params }) =>
    app.store.sessions.getDetail(params.id),
  )

  app.delete('/v1/sessions/:id', { schema: DELETE, config: { scope: 'submit' } }, async ({ params }, reply) => {
    const checkpoint = await app.store.sessions.delete(params.id) // The record first: no command is taken from here on.
    if (checkpoint !== undefined) await app.artifacts.delete(checkpoint.key)
    return reply.code(204).send()
  })
}
