import type { MetricsBuckets, MetricsPage, OverviewQuery } from '@unroll/client'
import type { Call } from '../command.ts'
import { drawPlot, measureScale, type Curve } from './plot.ts'

const ROWS = 12
/** Where the output is no terminal. */
const COLUMNS = 100
/** Buckets of a chart: two dots are in a character. */
const MOST_POINTS = 400

const NOTHING: Curve = { steps: [], low: [], high: [], isMarked: [] }

/** The chart of each series of a run, with a line above it that names the series. */
export async function plotRun(
  { client, terminal, signal }: Call,
  id: string,
  query: Omit<OverviewQuery, 'max_points'>,
): Promise<string[]> {
  const found = await client.jobs.metricsOverview(id, { ...query, max_points: MOST_POINTS }, { signal })
  const size = { columns: terminal.screen()?.columns ?? COLUMNS, rows: ROWS }
  return Object.keys(found.series).flatMap((name) => {
    const curve = readCurve(found, name)
    const scale = measureScale([curve])
    if (scale === undefined) return [`${name}: no finite value`]
    return [`${name}${scale.isLog ? ', log scale' : ''}`, ...drawPlot(curve, scale, size), '']
  })
}

/** The curves of one series of several runs, on one scale. */
export async function plotRuns(
  { client, terminal, signal }: Call,
  runs: readonly { id: string; name: string }[],
  series: string,
): Promise<string[]> {
  const query = { series: [series], max_points: MOST_POINTS }
  const curves = await Promise.all(
    runs.map(async ({ id }) => readCurve(await client.jobs.metricsOverview(id, query, { signal }), series)),
  )
  const scale = measureScale(curves)
  if (scale === undefined) return [`${series}: no finite value`]
  const size = { columns: terminal.screen()?.columns ?? COLUMNS, rows: ROWS }
  return runs.flatMap(({ name }, at) => [
    `${series} of ${name}${scale.isLog ? ', log scale' : ''}`,
    ...drawPlot(curves[at] ?? NOTHING, scale, size),
    '',
  ])
}

/** A series of a run; of a bucket its extremes, and marked where it has a value that is not finite. */
function readCurve(found: MetricsPage | MetricsBuckets, name: string): Curve {
  if (!('bucket_steps' in found)) {
    const values = found.series[name] ?? []
    return { steps: found.steps, low: values, high: values, isMarked: values.map(isNotFinite) }
  }
  const bucketed = found.series[name]
  if (bucketed === undefined) return NOTHING
  const { min, max, nonfinite } = bucketed
  return { steps: found.steps, low: min, high: max, isMarked: nonfinite.map((count) => count > 0) }
}

function isNotFinite(value: number | null): boolean {
  return value !== null && !Number.isFinite(value)
}
