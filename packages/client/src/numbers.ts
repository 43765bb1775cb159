import type { Flow, FlowBuckets, JsonNumber, MetricBuckets, Metrics, MetricsSummary, Probe } from '@unroll/contract'

/** A measured value, non-finite ones included; null where nothing was measured. */
export type Measured = number | null

/** An answer with a number wherever JSON has one, or the name of one that it cannot carry. */
type Numeric<Wire> = Wire extends JsonNumber
  ? number
  : Wire extends object
    ? { [Field in keyof Wire]: Numeric<Wire[Field]> }
    : Wire

/** Rows of a run as columns. */
export type MetricsPage = Numeric<Metrics>

/** A run, or a range of its steps, in buckets. */
export type MetricsBuckets = Numeric<MetricBuckets>

/** Total flow of one layer, a row for each observed step. */
export type FlowPage = Numeric<Flow>

/** Total flow of one layer in buckets of training steps and of time steps. */
export type FlowTile = Numeric<FlowBuckets>
export type FlowNorms = FlowTile['log10_norm']

/** A summary of all rows of a run, series by series. */
export type RunSummary = Numeric<MetricsSummary>

/** Probe flow of every layer at one training step. */
export type ProbeFlow = Numeric<Probe>

const NAMED = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]))

/** The answer with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function withNumbers<Wire>(wire: Wire): Numeric<Wire> {
  return toNumbers(wire) as Numeric<Wire>
}

function toNumbers(value: unknown): unknown {
  if (typeof value === 'string') return NAMED.get(value) ?? value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toNumbers)
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, toNumbers(of)]))
}
