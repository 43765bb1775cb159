import { Job, JobPatch } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers, header, noBody } from '../../../document/answers.ts'
import { deleteJob } from '../../../jobs/deletion.ts'
import { IF_MATCH, entityTag, parseRevision } from '../../../jobs/revision.ts'
import { JSON_TYPE, MERGE_PATCH_TYPE } from '../../../plugins/media.ts'
import type { App } from '../../../types.ts'
import { JOB_ID } from '../../parameters.ts'

const ETAG = { etag: header('The revision of name, priority and metadata, for If-Match of a PATCH.') }

const GET = {
  operationId: 'getJob',
  tags: ['jobs'],
  summary: 'Returns a job: its state, progress, place in the queue and result.',
  params: JOB_ID,
  response: answers({ 200: answer(Job, 'The job.', ETAG) }, ['JOB_NOT_FOUND']),
}

const PATCH = {
  operationId: 'updateJob',
  tags: ['jobs'],
  summary: 'Changes name, priority, metadata or `keep`; a waiting job moves to the place of its new priority at once.',
  params: JOB_ID,
  consumes: [JSON_TYPE, MERGE_PATCH_TYPE],
  body: JobPatch,
  headers: Type.Object({
    'if-match': Type.Optional(
      Type.String({
        pattern: IF_MATCH,
        description: 'The ETag on which the change is based: refused if the job has changed since.',
      }),
    ),
  }),
  response: answers({ 200: answer(Job, 'The changed job.', ETAG) }, [
    'INVALID_SPECIFICATION',
    'JOB_NOT_FOUND',
    'JOB_CHANGED',
    'JOB_ENDED',
    'UNSUPPORTED_MEDIA_TYPE',
    'BODY_TOO_LARGE',
    'CROSS_ORIGIN',
  ]),
}

const DELETE = {
  operationId: 'deleteJob',
  tags: ['jobs'],
  summary: 'Deletes an ended job with its metrics, events and artifacts.',
  params: JOB_ID,
  response: answers({ 204: noBody('The job is deleted.') }, ['JOB_NOT_FOUND', 'JOB_NOT_ENDED', 'CROSS_ORIGIN']),
}

export function job(app: App): void {
  app.get('/v1/jobs/:id', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const found = await app.store.jobs.get(request.params.id)
    return reply.header('etag', entityTag(found)).send(found)
  })

  app.patch('/v1/jobs/:id', { schema: PATCH, config: { scope: 'submit' } }, async (request, reply) => {
    const revision = parseRevision(request.headers['if-match'])
    const changed = await app.store.jobs.update(request.params.id, request.body, { revision })
    return reply.header('etag', entityTag(changed)).send(changed)
  })

  app.delete('/v1/jobs/:id', { schema: DELETE, config: { scope: 'submit' } }, async (request, reply) => {
    await deleteJob(app, request.params.id, 'request')
    return reply.code(204).send()
  })
}
