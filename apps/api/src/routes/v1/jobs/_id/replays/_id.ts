import { Replay } from '@unroll/contract'
import { answer, answers, header } from '../../../../../document/answers.ts'
import type { App } from '../../../../../types.ts'
import { REPLAY_ID } from '../../../../parameters.ts'

const POLL_SECONDS = 1

const GET = {
  operationId: 'getJobReplay',
  tags: ['metrics'],
  summary: 'Gives a past step that was computed again: 202 until that has ended.',
  params: REPLAY_ID,
  response: answers(
    {
      200: answer(Replay, 'The replay, which has succeeded or failed.'),
      202: answer(Replay, 'The replay, which waits or runs.', {
        'retry-after': header('Seconds until the next look.'),
      }),
    },
    ['REPLAY_NOT_FOUND'],
  ),
}

export function replayed(app: App): void {
  app.get('/v1/jobs/:id/replays/:replay', { schema: GET, config: { scope: 'read' } }, async ({ params }, reply) => {
    const found = await app.store.replays.get(params.id, params.replay)
    if (found.finished_at !== null) return found
    return reply.code(202).header('retry-after', POLL_SECONDS).send(found)
  })
}
