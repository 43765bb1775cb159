import { Replay, ReplayRequest } from '@unroll/contract'
import { answer, answers, header } from '../../../../document/answers.ts'
import { admitReplay, findReplay } from '../../../../inference/replay.ts'
import { IDEMPOTENCY_HEADERS, fingerprintRequest } from '../../../../jobs/idempotency.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../parameters.ts'

const REPLAY = {
  operationId: 'replayJob',
  tags: ['metrics'],
  summary: 'Computes a past step of a run again, bit for bit, from the checkpoint before it, and looks at it closely.',
  description:
    'A worker does it beside training, at the lowest priority; it takes as long as the steps from the checkpoint on did. All rows of the run on the way are held against what is computed. Of a step that was not finite the place is named where the numbers first are not: layer, time step, state and gate. The same request gives the same replay. At most 20 are kept of a job.',
  params: JOB_ID,
  body: ReplayRequest,
  headers: IDEMPOTENCY_HEADERS,
  response: answers(
    {
      202: answer(Replay, 'The replay, which waits for a worker, or was made before.', {
        location: header('Where its result is going to be.'),
        'idempotent-replayed': header('"true" when this is the replay of an earlier request.'),
      }),
    },
    [
      'JOB_NOT_FOUND',
      'STEP_OUT_OF_REACH',
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_KEY_SPENT',
      'BODY_TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'CROSS_ORIGIN',
    ],
  ),
}

export function replay(app: App): void {
  app.post('/v1/jobs/:id/replay', { schema: REPLAY, config: { scope: 'submit' } }, async (request, reply) => {
    const { params, body, log } = request
    const wanted = await admitReplay(app.store, await app.store.jobs.get(params.id), body)
    const before = await findReplay(app.store, wanted)
    const idempotency = fingerprintRequest(request, [params.id, body])
    const { request: made, replayed } =
      before === undefined ? await app.store.replays.create(wanted, idempotency) : { request: before, replayed: true }
    log.info({ jobId: params.id, replay: made.id, step: made.step, replayed }, 'replay accepted')
    if (replayed) reply.header('idempotent-replayed', 'true')
    return reply.code(202).header('location', `/v1/jobs/${params.id}/replays/${made.id}`).send(made)
  })
}
