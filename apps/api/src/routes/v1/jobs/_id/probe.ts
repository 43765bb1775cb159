import { EPSILON } from '@unroll/diagnosis'
import { Probe } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, header, noBody, table } from '../../../../document/answers.ts'
import { formatFor, written } from '../../../../metrics/formats.ts'
import { isKnown } from '../../../../metrics/freshness.ts'
import { answerProbe } from '../../../../metrics/probe.ts'
import { probeTable } from '../../../../metrics/tables.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const GET = {
  operationId: 'getJobProbe',
  tags: ['metrics'],
  summary: 'Returns the probe flow φ(k) of each layer, its decay β and its horizon.',
  description:
    'As JSON, or, by `Accept`, as a table in `text/csv` or `application/vnd.apache.arrow.stream`: `step,layer,k,log10_phi,beta,horizon`, a line for each layer and k, β and horizon in all lines of their layer.',
  params: JOB_ID,
  querystring: Type.Object(
    {
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
    },
    { additionalProperties: false },
  ),
  response: answers(
    {
      200: table(Probe, 'φ(k), β and horizon; no layers where no probe flow is observed.', {
        etag: header('State of the run, for `If-None-Match`.'),
      }),
      304: noBody('Nothing has changed since the response in `If-None-Match`.'),
    },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

export function probe(app: App): void {
  app.get('/v1/jobs/:id/probe', { schema: GET }, async (request, reply) => {
    const { params, query } = request
    const format = formatFor(request, reply)
    const head = await app.store.metrics.head(params.id)
    if (isKnown(request, reply, head, format.tag)) return reply.code(304).send()
    const found = await answerProbe(app.store.metrics, await app.store.jobs.get(params.id), query)
    return reply.type(format.type).send(written(format, found, probeTable))
  })
}
