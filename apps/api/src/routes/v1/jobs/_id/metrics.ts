import { Metrics, SERIES, SERIES_FAMILIES } from '@unroll/spec'
import { Type } from 'typebox'
import { answer, answers, header, noBody } from '../../../../document/answers.ts'
import { metricColumns } from '../../../../metrics/columns.ts'
import { isKnown } from '../../../../metrics/freshness.ts'
import { RANGE_QUERY, progressOf, readOptions } from '../../../../metrics/range.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID } from '../../../ids.ts'

const SERIES_NAME = String.raw`^(?:${Object.keys(SERIES).join('|')}|(?:${Object.keys(SERIES_FAMILIES).join('|')})/[\w.]+)$`

const GET = {
  operationId: 'getJobMetrics',
  tags: ['metrics'],
  summary: 'Gives rows of metrics as columns, oldest first; poll with `after` and `If-None-Match`.',
  params: JOB_ID,
  querystring: Type.Object(
    {
      series: Type.Optional(
        Type.Array(Type.String({ pattern: SERIES_NAME }), {
          maxItems: 256,
          description: 'Series wanted, as `series=loss,grad_norm` or repeated; all of them unless given.',
        }),
      ),
      ...RANGE_QUERY,
      limit: Type.Integer({ default: 1000, minimum: 1, maximum: 10_000, description: 'Rows of a page.' }),
    },
    { additionalProperties: false },
  ),
  response: answers(
    {
      200: answer(Metrics, 'Rows as columns.', { etag: header('State of the run, for `If-None-Match`.') }),
      304: noBody('Nothing has changed since the answer that `If-None-Match` names.'),
    },
    ['JOB_NOT_FOUND'],
  ),
}

export function metrics(app: App): void {
  app.get('/v1/jobs/:id/metrics', { schema: GET }, async (request, reply) => {
    const { params, query } = request
    if (isKnown(request, reply, await app.store.metrics.head(params.id))) return reply.code(304).send()
    const page = await app.store.metrics.read(params.id, readOptions(query))
    return { object: 'metrics', ...progressOf(page), ...metricColumns(page.rows, query.series) }
  })
}
