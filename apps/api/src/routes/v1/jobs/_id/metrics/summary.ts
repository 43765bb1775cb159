import { ByteCache, summary as summaryOf } from '@unroll/history'
import { MetricsSummary } from '@unroll/contract'
import { answer, answers } from '../../../../../document/answers.ts'
import { STATE_HEADERS, UNCHANGED, formatEtag, isKnown } from '../../../../../metrics/freshness.ts'
import { SERIES_QUERY, selects } from '../../../../../metrics/selection.ts'
import { summaryBody } from '../../../../../metrics/summary.ts'
import type { App } from '../../../../../types.ts'
import { JOB_ID, parameters } from '../../../../parameters.ts'

/** Bytes of cached responses: equal requests before the next row share one. */
const ANSWER_BYTES = 4 * 2 ** 20

const GET = {
  operationId: 'getJobMetricsSummary',
  tags: ['metrics'],
  summary: 'Summarises each series of a run: last, minimum and maximum with their steps, mean, percentiles and counts.',
  params: JOB_ID,
  querystring: parameters(SERIES_QUERY),
  response: answers(
    {
      200: answer(MetricsSummary, 'All rows of the run, series by series.', STATE_HEADERS),
      ...UNCHANGED,
    },
    ['JOB_NOT_FOUND'],
  ),
}

export function summary(app: App): void {
  const bodies = new ByteCache<Buffer>(ANSWER_BYTES)
  app.get('/v1/jobs/:id/metrics/summary', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const { params, query, url } = request
    const head = await app.heads.read(params.id)
    if (isKnown(request, reply, head)) return reply.code(304).send()
    // Encoded once for each state of the run.
    const bytes = await bodies.get(`${url} ${formatEtag(head)}`, async () => {
      const found = await summaryOf(app.store.metrics, app.segments, params.id, selects(query.series))
      const value = Buffer.from(JSON.stringify(summaryBody(found)))
      return { value, bytes: value.length }
    })
    return reply.type('application/json').send(bytes)
  })
}
