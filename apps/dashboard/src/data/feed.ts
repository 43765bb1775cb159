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
  return source({
    empty: () => new Columns(),
    overview: (context, range, signal) =>
      context.client.jobs.metricsOverview(jobId, { ...query, ...range }, { signal }),
    next: (context, after, signal) =>
      context.client.jobs.metrics(jobId, { series, after, limit: METRICS_LIMIT }, { signal }),
    append: (columns, page) => columns.append(page.steps, page.series),
    isMany: (columns) => columns.length > points + METRICS_TAIL,
    isFull: ({ steps }) => steps.length >= METRICS_LIMIT,
  })
}

/** The flow of one layer of a job. */
export function flowSource(jobId: string, view: FlowView): Source<FlowRows> {
  return source({
    empty: () => new FlowRows(),
    overview: (context, range, signal) => context.client.jobs.flowTile(jobId, { ...view, ...range }, { signal }),
    next: (context, after, signal) => context.client.jobs.flowTile(jobId, { ...view, after }, { signal }),
    append: (rows, page) => rows.append(page),
    isMany: (rows) => rows.tail > FLOW_TAIL,
    isFull: () => false,
  })
}

/** How rows are read: as an overview of all steps or of a range, then page after page by cursor. */
interface Reader<Rows, Overview extends RowPage, Page extends RowPage> {
  readonly empty: () => Rows
  readonly overview: (context: ViewContext, range: StepQuery, signal: AbortSignal) => Promise<Overview>
  readonly next: (context: ViewContext, after: string, signal: AbortSignal) => Promise<Page>
  readonly append: (rows: Rows, page: Page) => void
  /** Whether the run should be read again because it has many new rows. */
  readonly isMany: (rows: Rows) => boolean
  /** Whether more rows follow a page. */
  readonly isFull: (page: Page) => boolean
}

/** A run that resumed from an earlier step is read again. */
function source<Rows extends { show(overview: Overview): void }, Overview extends RowPage, Page extends RowPage>(
  reader: Reader<Rows, Overview, Page>,
): Source<Rows> {
  return {
    empty: reader.empty,
    follow(rows, { context, onRows }) {
      let after: string | undefined
      const start = async (signal: AbortSignal): Promise<Next> => {
        const overview = await reader.overview(context, {}, signal)
        rows.show(overview)
        after = overview.cursor
        onRows()
        return overview.done ? 'stop' : 'later'
      }
      const read = async (signal: AbortSignal): Promise<Next> => {
        if (after === undefined || reader.isMany(rows)) return start(signal)
        const page = await reader.next(context, after, signal)
        if (page.resumed_from_step !== undefined) return start(signal)
        reader.append(rows, page)
        after = page.cursor
        if (page.steps.length > 0) onRows()
        if (page.done) return 'stop'
        return reader.isFull(page) ? 'now' : 'later'
      }
      return poll(read, { everyMs: EVERY_MS, ...context })
    },
    read(rows, range, { context, onRows }) {
      const once = async (signal: AbortSignal): Promise<Next> => {
        rows.show(await reader.overview(context, toStepQuery(range), signal))
        onRows()
        return 'stop'
      }
      return poll(once, { everyMs: EVERY_MS, ...context })
    },
  }
}

interface StepQuery {
  readonly from_step?: number
  readonly to_step?: number
}

function toStepQuery({ from, to }: StepRange): StepQuery {
  return { from_step: Math.max(0, Math.floor(from)), to_step: Math.ceil(to) }
}

interface RowPage {
  readonly cursor: string
  readonly done: boolean
  readonly resumed_from_step?: number
  readonly steps: readonly number[]
}
