import { ACCELERATOR_CLASSES, QueueState } from '@unroll/contract'
import { Type } from 'typebox'
import { answer, answers } from '../../../document/answers.ts'
import type { App } from '../../../types.ts'

/** The queues of a request. */
const Queues = Type.Object(
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

const VERBS = {
  pause: {
    about: {
      summary: 'Pauses one queue or all: no more jobs are started until it is resumed.',
      description:
        'Running jobs continue, and more may be posted. A queue that is already paused keeps the time of its pause.',
    },
    answered: 'The queue, paused.',
  },
  resume: { about: { summary: 'Resumes one queue or all.' }, answered: 'The queue.' },
} as const

export function pauseResumeQueue(app: App): void {
  for (const verb of ['pause', 'resume'] as const) {
    const { about, answered } = VERBS[verb]
    const schema = {
      operationId: `${verb}Queue`,
      tags: ['workers'],
      ...about,
      body: Queues,
      response: answers({ 200: answer(QueueState, answered) }, [
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'CROSS_ORIGIN',
      ]),
    }
    app.post(
      `/v1/queue/${verb}`,
      { schema, config: { scope: 'operate' } },
      async ({ body: { accelerator }, log }, reply) => {
        await app.store.queue[verb](accelerator === undefined ? ACCELERATOR_CLASSES : [accelerator])
        log.info({ accelerator }, `queue ${verb}d`)
        return reply.code(200).send(await app.store.queue.state())
      },
    )
  }
}
