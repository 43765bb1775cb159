import type { FlowNorms, FlowPage, FlowTile, MetricsBuckets, MetricsPage } from '@unroll/client'
import type { RunRecord } from './record.ts'

type Answer = (record: RunRecord, query: URLSearchParams) => object | undefined

/** What a recorded run answers, by the paths of the service. */
const ANSWERS: readonly (readonly [path: RegExp, answer: Answer])[] = [
  [/^\/v1\/jobs\/[^/]+$/, ({ job }) => job],
  [/\/metrics$/, ({ metrics }, query) => selectMetrics(metrics, query)],
  [/\/flow$/, ({ flow }, query) => selectFlow(flow[Number(query.get('layer') ?? 0)], query)],
  [/\/matrix$/, ({ matrix }) => matrix],
  [/\/probe$/, ({ probe }) => probe],
  [/\/diagnosis$/, ({ diagnosis }) => diagnosis],
  [/\/evaluations$/, ({ evaluations }) => ({ data: evaluations, next: null })],
  [/\/checkpoints$/, ({ checkpoints }) => ({ data: checkpoints, next: null })],
  [
    /\/events$/,
    ({ events }, query) => ({ data: events.filter(({ seq }) => seq > Number(query.get('after') ?? 0)), next: null }),
  ],
  [/^\/v1\/datasets\/[^/]+$/, ({ dataset }) => dataset ?? undefined],
]

const UNKNOWN = {
  status: 404,
  code: 'ROUTE_NOT_FOUND',
  title: 'Not recorded',
  detail: 'A report has no service to ask',
}

/** Stands for the service: requests for the run are answered from its record, and nothing is sent. */
export function answerFrom(record: RunRecord): typeof fetch {
  return async (input) => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input, 'http://record')
    for (const [path, answer] of ANSWERS) {
      const body = path.test(pathname) ? answer(record, searchParams) : undefined
      if (body !== undefined) return Response.json(body)
    }
    return Response.json(UNKNOWN, { status: 404, headers: { 'content-type': 'application/problem+json' } })
  }
}

type Metrics = MetricsPage | MetricsBuckets

/** The series and steps that a request names. */
function selectMetrics(metrics: Metrics, query: URLSearchParams): Metrics {
  const selectors = query.get('series')?.split(',')
  const isWanted = (name: string) =>
    selectors === undefined ||
    selectors.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))
  const rows = rowsWithin(metrics.steps, query)
  const series = Object.entries(metrics.series).filter(([name]) => isWanted(name))
  const selected = series.map(([name, values]) => [name, selectRows(values, rows)] as const)
  return { ...metrics, done: true, steps: pick(metrics.steps, rows), series: Object.fromEntries(selected) } as Metrics
}

/** The steps and time steps that a request names; those of buckets, which begin before, included. */
function selectFlow(flow: FlowPage | FlowTile | undefined, query: URLSearchParams): FlowPage | FlowTile | undefined {
  if (flow === undefined) return undefined
  const rows = rowsWithin(flow.steps, query)
  const columns = placesWithin(flow.timesteps, query, ['from_timestep', 'to_timestep'])
  const cut = (norms: readonly (readonly unknown[])[] | undefined) =>
    norms === undefined ? undefined : pick(norms, rows).map((row) => pick(row, columns))
  const cutAll = (norms: FlowNorms | FlowPage['log10_norm'] | undefined) => {
    if (norms === undefined || Array.isArray(norms)) return cut(norms)
    const { min, max, ...counts } = norms
    const kept = Object.entries(counts).map(([name, count]) => [name, cut(count)])
    return { min: cut(min), max: cut(max), ...Object.fromEntries(kept) } as FlowNorms
  }
  const { log10_norm: h, cell_state: c, probe } = flow
  return {
    ...flow,
    done: true,
    steps: pick(flow.steps, rows),
    timesteps: pick(flow.timesteps, columns),
    log10_norm: cutAll(h),
    ...(c !== undefined && { cell_state: cutAll(c) }),
    ...(probe !== undefined && { probe: cutAll(probe) }),
  } as FlowPage | FlowTile
}

/** Values by row, or by name of what is told of a bucket. */
function selectRows(values: unknown, rows: readonly number[]): unknown {
  if (Array.isArray(values)) return pick(values as readonly unknown[], rows)
  if (typeof values !== 'object' || values === null) return values
  return Object.fromEntries(Object.entries(values).map(([name, each]) => [name, selectRows(each, rows)]))
}

function rowsWithin(steps: readonly number[], query: URLSearchParams): number[] {
  return placesWithin(steps, query, ['from_step', 'to_step'])
}

/** The places of a rising list from one of its values to another: the one that `from` falls into is the first. */
function placesWithin(
  values: readonly number[],
  query: URLSearchParams,
  [from, to]: readonly [string, string],
): number[] {
  const first = Number(query.get(from) ?? -Infinity)
  const last = Number(query.get(to) ?? Infinity)
  return [...values.keys()].filter((at) => (values[at + 1] ?? Infinity) > first && (values[at] ?? 0) <= last)
}

function pick<Of>(values: readonly Of[], places: readonly number[]): Of[] {
  return places.map((at) => values[at] as Of)
}
