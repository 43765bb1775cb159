import type { Columns } from './columns.ts'
import type { ViewContext } from './context.ts'
import type { FlowRows } from './flow_rows.ts'
import { poll } from './poll.ts'
import { POLLED } from './series.ts'

const EVERY_MS = 1_000
const METRICS_LIMIT = 1_000
const FLOW_LIMIT = 1_000
/** Values of a page of flow, about: rows of long sequences come in smaller pages. */
const FLOW_VALUES = 2 ** 16

export interface FeedOptions {
  readonly jobId: string
  /** Is told after each page that brought or took rows. */
  readonly onRows: () => void
}

export interface FlowFeedOptions extends FeedOptions {
  readonly layer: number
  /** T, values of a row. */
  readonly timesteps: number
}

/** Keeps `columns` up to date with a job's metrics until the job has ended and every row is here. */
export function feedMetrics(columns: Columns, context: ViewContext, { jobId, onRows }: FeedOptions): Promise<void> {
  const { jobs } = context.client
  return feed(context, {
    limit: METRICS_LIMIT,
    read: (range, signal) => jobs.metrics(jobId, { series: POLLED, ...range }, { signal }),
    truncate: (step) => columns.truncate(step),
    append: ({ steps, series }) => columns.append(steps, series),
    onRows,
  })
}

/** Keeps `rows` up to date with the flow of one layer until the job has ended and every row is here. */
export function feedFlow(
  rows: FlowRows,
  context: ViewContext,
  { jobId, layer, timesteps, onRows }: FlowFeedOptions,
): Promise<void> {
  const { jobs } = context.client
  return feed(context, {
    limit: Math.max(1, Math.min(FLOW_LIMIT, Math.floor(FLOW_VALUES / timesteps))),
    read: (range, signal) => jobs.flow(jobId, { layer, ...range }, { signal }),
    truncate: (step) => rows.truncate(step),
    append: (page) => rows.append(page),
    onRows,
  })
}

interface RowPage {
  readonly cursor: string
  readonly done: boolean
  readonly resumed_from_step?: number
  readonly steps: readonly number[]
}

interface Feed<Rows extends RowPage> {
  readonly limit: number
  readonly read: (range: { after: string | undefined; limit: number }, signal: AbortSignal) => Promise<Rows>
  readonly truncate: (step: number) => void
  readonly append: (page: Rows) => void
  readonly onRows: () => void
}

/** Reads page after page by cursor. A run that was taken up again from a step has its later rows dropped first. */
function feed<Rows extends RowPage>(
  context: ViewContext,
  { limit, read, truncate, append, onRows }: Feed<Rows>,
): Promise<void> {
  let after: string | undefined
  return poll(
    async (signal) => {
      const page = await read({ after, limit }, signal)
      const { resumed_from_step: resumedFrom, steps } = page
      if (resumedFrom !== undefined) truncate(resumedFrom)
      if (steps.length > 0) append(page)
      after = page.cursor
      if (steps.length > 0 || resumedFrom !== undefined) onRows()
      if (page.done) return 'stop'
      return steps.length >= limit ? 'now' : 'later'
    },
    { everyMs: EVERY_MS, ...context },
  )
}
