import { ForwardBackward, ForwardBackwardRequest, UnrollError, readBatch, sessionProblem } from '@unroll/contract'
import { answer, answers } from '../../../../document/answers.ts'
import { TABLE_MEDIA_TYPES, withTables } from '../../../../inference/table_body.ts'
import { ANSWER_HEADERS, ASKING, ASKING_HEADERS, askSession, specificationReader } from '../../../../sessions/asking.ts'
import { BATCH_DESCRIPTION, BATCH_QUERY, readBatchTable } from '../../../../sessions/batch_table.ts'
import type { App } from '../../../../types.ts'
import { SESSION_ID, parameters } from '../../../parameters.ts'

/** Fields and items of a body: 32 sequences of 1,000 steps of 15 numbers, with their lists. */
const MOST_VALUES = 600_000

const ASK = {
  operationId: 'computeSessionGradient',
  tags: ['sessions'],
  summary: 'Computes the loss and the gradient of a batch, which waits for the next `optim_step`.',
  description: `Gradients of several batches before one \`optim_step\` become that of the mean loss over all their targets: a batch in two halves gives the gradient of the whole. ${BATCH_DESCRIPTION}`,
  params: SESSION_ID,
  querystring: parameters(BATCH_QUERY),
  body: ForwardBackwardRequest,
  headers: ASKING_HEADERS,
  response: answers({ 200: answer(ForwardBackward, 'Loss, norms and flow.', ANSWER_HEADERS) }, [
    ...ASKING,
    'INPUT_UNSUITABLE',
  ]),
}

export function forwardBackward(app: App): void {
  const readSpec = specificationReader(app)
  const config = { scope: 'submit', audited: false, mostValues: MOST_VALUES, mediaType: TABLE_MEDIA_TYPES } as const
  withTables(app, readBatchTable, (scope) =>
    scope.post('/v1/sessions/:id/forward_backward', { schema: ASK, config }, async (request, reply) => {
      const { params, query, body } = request
      const { problem, training, sequence_length } = await readSpec(params.id)
      const shape = { problem: sessionProblem(problem), rows: training.batch_size, steps: sequence_length }
      const read = readBatch(body, shape)
      if ('faults' in read)
        throw new UnrollError('INPUT_UNSUITABLE', `Session "${params.id}" cannot read the batch`, {
          faults: read.faults,
        })
      const { state, flow } = { ...body, ...query }
      return await askSession(app, { request, reply }, { type: 'forward_backward', batch: read.batch, state, flow })
    }),
  )
}
