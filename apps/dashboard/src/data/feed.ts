import { Columns } from './columns.ts'
import type { ViewContext } from '../context.ts'
import { FlowRows, type FlowView } from './flow_rows.ts'
import { poll, type Next } from './poll.ts'
import { POLLED } from './series.ts'
import type { StepRange } from '../charts/frame.ts'

const EVERY_MS = 1_000
/** Number of rows or buckets of the first drawing of a run: a chart has no more pixels. */
const METRICS_POINTS = 2_000
/** Number of newer rows beside them before the run is read again. */
const METRICS_TAIL = 6_000
const METRICS_LIMIT = 1_000
const FLOW_TAIL = 512

/** Rows of a job that can be updated, and read at a finer resolution for a range of steps. */
export interface Source<Rows> {
  readonly empty: () => Rows
  /**
   * Updates `rows` until the job has ended and every row is here: first the run so far, reduced if it is long, then row
   * by row.
   */
  readonly follow: (rows: Rows, reading: Reading) => Promise<void>
  /** Reads the steps of a range into `rows`, with as little reduction as possible. */
  readonly read: (rows: Rows, range: StepRange, reading: Reading) => Promise<void>
}

export interface Reading {
  readonly context: ViewContext
  /** Is called after each response that added or removed rows. */
  readonly onRows: () => void
}

/** The metrics of a job. @param points of the first drawing, more of which a chart has no pixels for */
export function metricsSource(
  jobId: string,
  { series = POLLED, points = METRICS_POINTS }: { series?: readonly string[]; points?: number } = {},
): Source<Columns> {
  const query = { series, max_points: points }
  return {
    empty: () => new Columns(),
    follow: (columns, { context, onRows }) =>
      feed(context, {
        begin: async (signal) => {
          const whole = await context.client.jobs.metricsOverview(jobId, query, { signal })
          columns.show(whole)
          return whole
        },
        next: async (after, signal) => {
          const wanted = { series, after, limit: METRICS_LIMIT }
          const page = await context.client.jobs.metrics(jobId, wanted, { signal })
          if (page.resumed_from_step === undefined) columns.append(page.steps, page.series)
          return page
        },
        isMany: () => columns.length > points + METRICS_TAIL,
        isFull: ({ steps }) => steps.length >= METRICS_LIMIT,
        onRows,
      }),
    read: (columns, range, { context, onRows }) =>
      once(context, async (signal) => {
        const wanted = { ...query, ...toStepQuery(range) }
        columns.show(await context.client.jobs.metricsOverview(jobId, wanted, { signal }))
        onRows()
      }),
  }
}

/** The flow of one layer of a job. */
export function flowSource(jobId: string, view: FlowView): Source<FlowRows> {
  return {
    empty: () => new FlowRows(),
    follow: (rows, { context, onRows }) =>
      feed(context, {
        begin: async (signal) => {
          const whole = await context.client.jobs.flowTile(jobId, view, { signal })
          rows.show(whole)
          return whole
        },
        next: async (after, signal) => {
          const page = await context.client.jobs.flowTile(jobId, { ...view, after }, { signal })
          if (page.resumed_from_step === undefined) rows.append(page)
          return page
        },
        isMany: () => rows.tail > FLOW_TAIL,
        isFull: () => false,
        onRows,
      }),
    read: (rows, range, { context, onRows }) =>
      once(context, async (signal) => {
        rows.show(await context.client.jobs.flowTile(jobId, { ...view, ...toStepQuery(range) }, { signal }))
        onRows()
      }),
  }
}

function once(context: ViewContext, read: (signal: AbortSignal) => Promise<void>): Promise<void> {
  return poll((signal) => read(signal).then(() => 'stop' as const), { everyMs: EVERY_MS, ...context })
}

function toStepQuery({ from, to }: StepRange): { from_step: number; to_step: number } {
  return { from_step: Math.max(0, Math.floor(from)), to_step: Math.ceil(to) }
}

interface RowPage {
  readonly cursor: string
  readonly done: boolean
  readonly resumed_from_step?: number
  readonly steps: readonly number[]
}

interface Feed<Rows extends RowPage> {
  /** Reads the run from its start. */
  readonly begin: (signal: AbortSignal) => Promise<RowPage>
  /** Reads the rows after a cursor. */
  readonly next: (after: string, signal: AbortSignal) => Promise<Rows>
  /** Whether the run should be read again because it has many new rows. */
  readonly isMany: () => boolean
  /** Whether more rows follow a page. */
  readonly isFull: (page: Rows) => boolean
  readonly onRows: () => void
}

/** Reads a run, then page after page by cursor. A run that resumed from an earlier step is read again. */
function feed<Rows extends RowPage>(
  context: ViewContext,
  { begin, next, isMany, isFull, onRows }: Feed<Rows>,
): Promise<void> {
  let after: string | undefined
  const start = async (signal: AbortSignal): Promise<Next> => {
    const { cursor, done } = await begin(signal)
    after = cursor
    onRows()
    return done ? 'stop' : 'later'
  }
  return poll(
    async (signal) => {
      if (after === undefined || isMany()) return start(signal)
      const page = await next(after, signal)
      if (page.resumed_from_step !== undefined) return start(signal)
      after = page.cursor
      if (page.steps.length > 0) onRows()
      if (page.done) return 'stop'
      return isFull(page) ? 'now' : 'later'
    },
    { everyMs: EVERY_MS, ...context },
  )
}
