import { EPSILON } from '@unroll/diagnosis'
import { Probe } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, table } from '../../../../document/answers.ts'
import { formatFor, written } from '../../../../metrics/formats.ts'
import { STATE_HEADERS, UNCHANGED, isKnown } from '../../../../metrics/freshness.ts'
import { answerProbe } from '../../../../metrics/probe.ts'
import { probeTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

const GET = {
  operationId: 'getJobProbe',
  tags: ['metrics'],
  summary: 'Returns the probe flow φ(k) of each layer, its decay β and its horizon.',
  description:
    'As JSON, or, by `Accept`, as a table in `text/csv` or `application/vnd.apache.arrow.stream`: `step,layer,k,log10_phi,beta,horizon`, a line for each layer and k, β and horizon in all lines of their layer.',
  params: JOB_ID,
  querystring: parameters({
    step: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        description: 'The training step, or the last observed one before it; the newest by default.',
      }),
    ),
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
  app.get('/v1/jobs/:id/probe', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const { params, query } = request
    const format = formatFor(request, reply)
    const head = await app.store.metrics.head(params.id)
    if (isKnown(request, reply, head, format.tag)) return reply.code(304).send()
    const found = await answerProbe(app.store.metrics, await app.store.jobs.get(params.id), query)
    return reply.type(format.type).send(written(format, found, probeTable))
  })
}
