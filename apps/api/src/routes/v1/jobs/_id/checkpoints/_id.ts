import { Checkpoint } from '@unroll/contract'
import { answer, answers } from '../../../../../document/answers.ts'
import type { App } from '../../../../../types.ts'
import { CHECKPOINT_ID } from '../../../../parameters.ts'

const GET = {
  operationId: 'getCheckpoint',
  tags: ['checkpoints'],
  summary: 'Returns a checkpoint: its step, size, digest and the metrics at that step.',
  params: CHECKPOINT_ID,
  response: answers({ 200: answer(Checkpoint, 'The checkpoint.') }, ['JOB_NOT_FOUND', 'CHECKPOINT_NOT_FOUND']),
}

export function checkpoint(app: App): void {
  app.get('/v1/jobs/:id/checkpoints/:checkpoint', { schema: GET, config: { scope: 'read' } }, ({ params }) =>
    app.store.checkpoints.get(params.id, params.checkpoint),
  )
}
