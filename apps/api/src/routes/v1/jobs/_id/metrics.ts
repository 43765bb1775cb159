import { overview, summary, ByteCache } from '@unroll/history'
import { MetricBuckets, Metrics } from '@unroll/contract'
import { Type } from 'typebox'
import { answers, table } from '../../../../document/answers.ts'
import { bucketColumns } from '../../../../metrics/buckets.ts'
import { metricColumns } from '../../../../metrics/columns.ts'
import { formatFor, isTable, written } from '../../../../metrics/formats.ts'
import { CURSOR_HEADERS, UNCHANGED, formatEtag, formatFullPageTag } from '../../../../metrics/freshness.ts'
import { RANGE_QUERY, reportProgress, readOptions, type Range } from '../../../../metrics/range.ts'
import { SERIES_QUERY, namesIn, selected, selects } from '../../../../metrics/selection.ts'
import { metricsTable } from '../../../../metrics/tables.ts'
import { awaited } from '../../../../metrics/wait.ts'
import type { App } from '../../../../types.ts'
import { JOB_ID, parameters } from '../../../parameters.ts'

/** Bytes of cached responses: equal requests before the next row share one. */
const ANSWER_BYTES = 16 * 2 ** 20

const GET = {
  operationId: 'getJobMetrics',
  tags: ['metrics'],
  summary: 'Returns rows of metrics as columns, oldest first; poll with `after` and `If-None-Match`.',
  description:
    'As JSON, or, by `Accept`, as a table in `text/csv` or `application/vnd.apache.arrow.stream` with a line a step; of buckets it has `bucket_steps` and columns such as `loss.max`. With `Prefer: wait=N` the answer waits, N seconds at most, until there is something new.',
  params: JOB_ID,
  querystring: parameters({
    ...SERIES_QUERY,
    ...RANGE_QUERY,
    limit: Type.Integer({ default: 1000, minimum: 1, maximum: 10_000, description: 'Rows of a page.' }),
    max_points: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 10_000,
        description:
          'Where the range has more rows, it is answered whole, in at most so many buckets of min, max, mean, last and counts.',
      }),
    ),
  }),
  response: answers(
    {
      200: table(Type.Union([Metrics, MetricBuckets]), 'Rows as columns, or buckets of them.', CURSOR_HEADERS),
      ...UNCHANGED,
    },
    ['JOB_NOT_FOUND', 'NOT_ACCEPTABLE'],
  ),
}

interface Query extends Range {
  series?: string[]
  max_points?: number
}

interface Body {
  bytes: Buffer
  cursor: string
}

export function metrics(app: App): void {
  const bodies = new ByteCache<Body>(ANSWER_BYTES)
  app.get('/v1/jobs/:id/metrics', { schema: GET, config: { scope: 'read' } }, async (request, reply) => {
    const { params, query, url } = request
    const format = formatFor(request, reply)
    const { tag } = format
    const { head, known } = await awaited(app.heads, request, reply, { id: params.id, after: query.after, format: tag })
    if (known) return reply.code(304).send()
    // Encoded once for each state of the run; a full page once for all states.
    const make = async () => {
      const found = await answerMetrics(app, params.id, query, isTable(format))
      const value = { bytes: written(format, found, metricsTable), cursor: found.cursor }
      return { value, bytes: value.bytes.length, lasts: isFullPage(found, query) && !isTable(format) }
    }
    const { bytes, cursor } = await bodies.get(
      `${url} ${formatEtag(head, tag)}`,
      make,
      `${url} ${formatFullPageTag(head, tag)}`,
    )
    return reply.type(format.type).header('unroll-cursor', cursor).send(bytes)
  })
}

/**
 * @param isWide whether rows have every series of the run, also those without values: all pages of a table have the
 * same columns
 */
async function answerMetrics(
  { store, segments }: App,
  id: string,
  query: Query,
  isWide: boolean,
): Promise<Metrics | MetricBuckets> {
  const { series, to_step, max_points } = query
  if (max_points !== undefined) {
    const fromStep = await findFirstStep(store, id, query)
    const reduced = await overview(store.metrics, segments, id, {
      maxPoints: max_points,
      wants: selects(series),
      ...(fromStep !== undefined && { fromStep }),
      ...(to_step !== undefined && { toStep: to_step }),
    })
    if (reduced.width > 1) return bucketColumns(reduced)
  }
  const page = await store.metrics.read(id, readOptions({ ...query, limit: max_points ?? query.limit }))
  const names = isWide
    ? selected([...(await summary(store.metrics, segments, id, selects(series))).series.keys()], series)
    : namesIn(page.blocks, series)
  const columns = metricColumns(page.blocks, names)
  return { object: 'metrics', ...reportProgress(page), ...columns }
}

function isFullPage({ steps }: Metrics | MetricBuckets, { limit, max_points }: Query): boolean {
  return max_points === undefined && steps.length === limit
}

/** The first requested step: that of the first row after the cursor, if any. */
async function findFirstStep({ metrics: rows }: App['store'], id: string, query: Query): Promise<number | undefined> {
  if (query.after === undefined) return query.from_step
  const [first] = (await rows.read(id, readOptions({ ...query, limit: 1 }))).blocks
  return first === undefined ? Infinity : Math.max(first.steps[0] ?? 0, query.from_step ?? 0)
}
