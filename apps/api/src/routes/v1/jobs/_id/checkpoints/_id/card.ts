import { gradientWindow, type ErrorCode } from '@unroll/contract'
import { answers } from '../../../../../../document/answers.ts'
import { readCardFacts, readFlow } from '../../../../../../exports/card/card_facts.ts'
import { drawFlow } from '../../../../../../exports/card/flow_picture.ts'
import { writeCard } from '../../../../../../exports/card/write_card.ts'
import { choosePreferred } from '../../../../../../inference/media_types.ts'
import type { App } from '../../../../../../types.ts'
import { CHECKPOINT_ID } from '../../../../../parameters.ts'

const [CARD, PICTURE] = ['text/markdown', 'image/svg+xml'] as const
const TYPES = [CARD, PICTURE]
const TEXT = { schema: { type: 'string' } }
const PROBLEMS: readonly ErrorCode[] = [
  'JOB_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'CHECKPOINT_DAMAGED',
  'NOT_ACCEPTABLE',
  'ARTIFACTS_UNAVAILABLE',
]

const GET = {
  operationId: 'getCheckpointCard',
  tags: ['checkpoints'],
  summary:
    'Returns the model card of a checkpoint: specification, data, metrics, what happened to the gradient, and a picture of the flow.',
  description: `By \`Accept\` it is \`${CARD}\`, with the picture inside, or \`${PICTURE}\`, the picture by itself. Flow and probe are those up to the checkpoint; findings and evaluations those of now.`,
  params: CHECKPOINT_ID,
  response: answers(
    { 200: { description: 'The card, or its picture.', content: { [CARD]: TEXT, [PICTURE]: TEXT } } },
    PROBLEMS,
  ),
}

export function card(app: App): void {
  app.get(
    '/v1/jobs/:id/checkpoints/:checkpoint/card',
    { schema: GET, config: { scope: 'read' } },
    async ({ params, headers }, reply) => {
      const type = choosePreferred(headers.accept, TYPES)
      const [job, checkpoint] = await Promise.all([
        app.store.jobs.get(params.id),
        app.store.checkpoints.get(params.id, params.checkpoint),
      ])
      reply.type(`${type}; charset=utf-8`).header('vary', 'accept, origin').header('cache-control', 'no-cache')
      if (type === PICTURE) return drawFlow(await readFlow(app, job, checkpoint.step), gradientWindow(job.spec))
      const name = `${job.id}-step-${checkpoint.step}.md`
      reply.header('content-disposition', `inline; filename="${name}"`)
      return writeCard(await readCardFacts(app, job, checkpoint))
    },
  )
}
