import { ACCELERATOR_CLASSES, QueueState } from '@unroll/contract'
import { Type, type TEnum, type TObject, type TOptional } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const GET = {
  operationId: 'getQueue',
  tags: ['workers'],
  summary: 'Returns depth and longest wait of the queue by accelerator and labels, and the number of jobs by state.',
  response: answers({ 200: answer(QueueState, 'The queue.') }, []),
}

/** The queues of a request. */
export const QUEUES: TObject<{ accelerator: TOptional<TEnum<[...typeof ACCELERATOR_CLASSES]>> }> = Type.Object(
  {
    accelerator: Type.Optional(
      Type.Enum([...ACCELERATOR_CLASSES], {
        type: 'string',
        description: 'The queue of the jobs that ask for this; all queues unless given.',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
)

export function queue(app: App): void {
  app.get('/v1/queue', { schema: GET }, () => app.store.queue.state())
}
