import type { Flow, FlowBuckets, MetricBuckets, Metrics, MetricsSummary, Probe } from '@unroll/contract'

type WireValue = Metrics['series'][string][number]

/** A measured value, which may be non-finite; null if it was not measured. */
export type Measured = number | null

/** Rows of a run as columns. */
export type MetricsPage = Omit<Metrics, 'series'> & { series: Record<string, Measured[]> }

type WireBuckets = MetricBuckets['series'][string]
type BucketValue = 'min' | 'max' | 'mean' | 'last'

/** A run, or a range of its steps, in buckets. */
export type MetricsBuckets = Omit<MetricBuckets, 'series'> & {
  series: Record<string, Omit<WireBuckets, BucketValue> & Record<BucketValue, Measured[]>>
}

/** Total flow of one layer, a row for each observed step. */
export type FlowPage = Omit<Flow, 'log10_norm' | 'cell_state' | 'probe'> & {
  log10_norm: Measured[][]
  cell_state?: Measured[][]
  probe?: Measured[][]
}

type WireNorms = FlowBuckets['log10_norm']
export type FlowNorms = Omit<WireNorms, 'min' | 'max'> & Record<'min' | 'max', Measured[][]>

/** Total flow of one layer in buckets of training steps and of time steps. */
export type FlowTile = Omit<FlowBuckets, 'log10_norm' | 'cell_state' | 'probe'> & {
  log10_norm: FlowNorms
  cell_state?: FlowNorms
  probe?: FlowNorms
}

type WireSummary = MetricsSummary['series'][string]
type SummaryValue = 'last' | 'min' | 'max' | 'mean'

/** The summary of all rows of a run, by series. */
export type RunSummary = Omit<MetricsSummary, 'series'> & {
  series: Record<
    string,
    Omit<WireSummary, SummaryValue | 'percentiles'> &
      Record<SummaryValue, Measured> & { percentiles: Record<keyof WireSummary['percentiles'], Measured> }
  >
}

/** Probe flow of every layer at one training step. */
export type ProbeFlow = Omit<Probe, 'layers'> & {
  layers: (Omit<Probe['layers'][number], 'log10_phi'> & { log10_phi: number[] })[]
}

/** The page with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function metricsPage(wire: Metrics): MetricsPage {
  const series = Object.entries(wire.series).map(([name, values]) => [name, values.map(measured)] as const)
  return { ...wire, series: Object.fromEntries(series) }
}

/** The page with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function flowPage({ log10_norm, cell_state, probe, ...rest }: Flow): FlowPage {
  return {
    ...rest,
    log10_norm: log10_norm.map((row) => row.map(measured)),
    ...(cell_state === undefined ? {} : { cell_state: cell_state.map((row) => row.map(measured)) }),
    ...(probe === undefined ? {} : { probe: probe.map((row) => row.map(measured)) }),
  }
}

/** The buckets with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function metricsBuckets(wire: MetricBuckets): MetricsBuckets {
  const series = Object.entries(wire.series).map(([name, { min, max, mean, last, ...counts }]) => {
    const values = {
      min: min.map(measured),
      max: max.map(measured),
      mean: mean.map(measured),
      last: last.map(measured),
    }
    return [name, { ...counts, ...values }] as const
  })
  return { ...wire, series: Object.fromEntries(series) }
}

/** The tile with its extremes as numbers. */
export function flowTile({ log10_norm, cell_state, probe, ...rest }: FlowBuckets): FlowTile {
  return {
    ...rest,
    log10_norm: norms(log10_norm),
    ...(cell_state === undefined ? {} : { cell_state: norms(cell_state) }),
    ...(probe === undefined ? {} : { probe: norms(probe) }),
  }
}

/** The summary with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function runSummary(wire: MetricsSummary): RunSummary {
  const series = Object.entries(wire.series).map(([name, { last, min, max, mean, percentiles, ...rest }]) => {
    const ranks = Object.fromEntries(Object.entries(percentiles).map(([rank, value]) => [rank, measured(value)]))
    const values = { last: measured(last), min: measured(min), max: measured(max), mean: measured(mean) }
    return [name, { ...rest, ...values, percentiles: ranks as Record<keyof typeof percentiles, Measured> }] as const
  })
  return { ...wire, series: Object.fromEntries(series) }
}

function norms({ min, max, ...counts }: WireNorms): FlowNorms {
  return { ...counts, min: min.map((row) => row.map(measured)), max: max.map((row) => row.map(measured)) }
}

function measured(value: WireValue): Measured {
  return value === null ? null : Number(value)
}

/** The probe flow with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function probeFlow({ layers, ...rest }: Probe): ProbeFlow {
  return { ...rest, layers: layers.map((layer) => ({ ...layer, log10_phi: layer.log10_phi.map(Number) })) }
}
