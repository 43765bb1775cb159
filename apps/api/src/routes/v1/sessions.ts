import { randomBytes } from 'node:crypto'
import { Session, SessionSpecSchema, estimate, newId, pageSchema, sessionJob, sessionProblem } from '@unroll/contract'
import { visibleOwner } from '../../access/caller.ts'
import { answer, answers, header } from '../../document/answers.ts'
import type { App } from '../../types.ts'
import { pageQuery } from '../parameters.ts'

const CREATE = {
  operationId: 'createSession',
  tags: ['sessions'],
  summary: 'Makes a session: a network that is trained with batches of the client.',
  description:
    'The sections are those of a job. A session has no state until its first command; the same specification and the same commands give the same weights as a job with the same batches, bit for bit.',
  body: SessionSpecSchema,
  response: answers({ 201: answer(Session, 'The session.', { location: header('Where the session is.') }) }, [
    'INVALID_SPECIFICATION',
    'QUOTA_EXCEEDED',
    'STORAGE_FULL',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'CROSS_ORIGIN',
  ]),
}

const LIST = {
  operationId: 'listSessions',
  tags: ['sessions'],
  summary: 'Lists sessions, newest first.',
  querystring: pageQuery('session'),
  response: answers({ 200: answer(pageSchema(Session), 'A page of sessions.') }, []),
}

export function sessions(app: App): void {
  app.post('/v1/sessions', { schema: CREATE, config: { scope: 'submit' } }, async ({ body: spec, caller }, reply) => {
    const now = Date.now()
    const id = newId('session', now, randomBytes(16))
    const record = {
      id,
      object: 'session' as const,
      name: spec.name ?? id,
      created_at: new Date(now).toISOString(),
      spec,
      estimate: estimate(sessionJob(spec), sessionProblem(spec.problem)),
    }
    const session = await app.store.sessions.create(record, caller.owner, caller.limits.sessions)
    return reply.code(201).header('location', `/v1/sessions/${id}`).send(session)
  })

  app.get('/v1/sessions', { schema: LIST, config: { scope: 'read' } }, ({ query, caller }) =>
    app.store.sessions.list({ ...query, owner: visibleOwner(caller) }),
  )
}
