import { EPSILON } from '@unroll/diagnosis'
import { Probe } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, table } from '../../../../document/answers.ts'
import { STATE_HEADERS, UNCHANGED } from '../../../../metrics/freshness.ts'
import { answerProbe } from '../../../../metrics/probe.ts'
import { probeTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { UP_TO_STEP, sendObserved } from '../../../observed.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const GET = {
  operationId: 'getJobProbe',
  tags: ['metrics'],
  summary: 'Returns the probe flow φ(k) of each layer, its decay β and its horizon.',
  description:
    'As JSON, or, by `Accept`, as a table in `text/csv` or `application/vnd.apache.arrow.stream`: `step,layer,k,log10_phi,beta,horizon,rounded`, a line for each layer and k, what is of a layer in all of its lines.',
  params: JOB_ID,
  querystring: parameters({
    step: UP_TO_STEP,
    epsilon: Type.Number({
      default: EPSILON,
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'ε of the horizon K_ε = min{k : φ(k)/φ(0) < ε}.',
    }),
  }),
  response: answers(
    {
      200: table(Probe, 'φ(k), β and horizon; no layers where no probe flow is observed.', STATE_HEADERS),
      ...UNCHANGED,
    },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

export function probe(app: App): void {
  app.get('/v1/jobs/:id/probe', { schema: GET, config: { scope: 'read' } }, (request, reply) => {
    const { params, query } = request
    return sendObserved(app, request, reply, {
      id: params.id,
      answer: (metrics, job) => answerProbe(metrics, job, query),
      tableOf: probeTable,
    })
  })
}
