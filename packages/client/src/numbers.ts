import type { Flow, Metrics, Probe } from '@unroll/spec'

type WireValue = Metrics['series'][string][number]

/** A measured value, non-finite ones included; null where nothing was measured. */
export type Measured = number | null

/** Rows of a run as columns. */
export type MetricsPage = Omit<Metrics, 'series'> & { series: Record<string, Measured[]> }

/** Total flow of one layer, a row for each observed step. */
export type FlowPage = Omit<Flow, 'log10_norm' | 'cell_state' | 'probe'> & {
  log10_norm: Measured[][]
  cell_state?: Measured[][]
  probe?: Measured[][]
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

function measured(value: WireValue): Measured {
  return value === null ? null : Number(value)
}

/** The probe flow with "NaN", "Infinity" and "-Infinity" as the numbers they name. */
export function probeFlow({ layers, ...rest }: Probe): ProbeFlow {
  return { ...rest, layers: layers.map((layer) => ({ ...layer, log10_phi: layer.log10_phi.map(Number) })) }
}
