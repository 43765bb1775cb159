import { Matrix } from '@unroll/contract'
import { answers, table } from '../../../../document/answers.ts'
import { STATE_HEADERS, UNCHANGED } from '../../../../metrics/freshness.ts'
import { answerMatrix } from '../../../../metrics/matrix.ts'
import { matrixTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { UP_TO_STEP, sendObserved } from '../../../observed.ts'
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
    step: UP_TO_STEP,
  }),
  response: answers(
    { 200: table(Matrix, 'The matrix; no layers where none is observed.', STATE_HEADERS), ...UNCHANGED },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

export function matrix(app: App): void {
  app.get('/v1/jobs/:id/matrix', { schema: GET, config: { scope: 'read' } }, (request, reply) => {
    const { params, query } = request
    return sendObserved(app, request, reply, {
      id: params.id,
      answer: (metrics, job) => answerMatrix(metrics, job, query),
      tableOf: matrixTable,
    })
  })
}
