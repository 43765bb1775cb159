import { Matrix } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, table } from '../../../../document/answers.ts'
import { formatFor, written } from '../../../../metrics/formats.ts'
import { STATE_HEADERS, UNCHANGED, isKnown } from '../../../../metrics/freshness.ts'
import { answerMatrix } from '../../../../metrics/matrix.ts'
import { matrixTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const GET = {
  operationId: 'getJobMatrix',
  tags: ['metrics'],
  summary:
    'Returns the itemised matrix of each layer, log₁₀‖∂L_s/∂h_t‖: how much the loss of each source teaches each state.',
  description:
    'Of the newest training step at which it was observed (`observe.matrix_every`); poll with `If-None-Match`. As JSON, or, by `Accept`, as a table in `text/csv` or `application/vnd.apache.arrow.stream`: `step,layer,source,timestep,log10_norm`, a line for each layer, source and time step, where `source` is the first time step of the source.',
  params: JOB_ID,
  querystring: parameters({
    step: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        description: 'The training step, or the last observed one before it; the newest by default.',
      }),
    ),
  }),
  response: answers(
    { 200: table(Matrix, 'The matrix; no layers where none is observed.', STATE_HEADERS), ...UNCHANGED },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

export function matrix(app: App): void {
  app.get('/v1/jobs/:id/matrix', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const { params, query } = request
    const format = formatFor(request, reply)
    const head = await app.store.metrics.head(params.id)
    if (isKnown(request, reply, head, format.tag)) return reply.code(304).send()
    const found = await answerMatrix(app.store.metrics, await app.store.jobs.get(params.id), query)
    return reply.type(format.type).send(written(format, found, matrixTable))
  })
}
