import { toJsonNumber, type JsonNumber, type LayerFlow, type MetricRow } from '@unroll/contract'
import type { FlowRow } from '@unroll/store'

type Cell = JsonNumber | null

/** Rows as columns of the series `names`: null where one was not measured at a step. */
export function metricColumns(
  rows: readonly MetricRow[],
  names: readonly string[],
): { steps: number[]; series: Record<string, Cell[]> } {
  const series = names.map((name) => [name, rows.map((row) => cell(row.series[name]))] as const)
  return { steps: rows.map(({ step }) => step), series: Object.fromEntries(series) }
}

interface FlowColumns {
  steps: number[]
  /** 1 … T, the last one where the gradient starts from. */
  timesteps: number[]
  log10_norm: Cell[][]
  cell_state?: Cell[][]
  probe?: Cell[][]
}

export interface FlowWanted {
  layer: number
  /** Time steps of a full window: the first windows on a text reach back less far and have null in front. */
  window: number
  /** First and last time step wanted, from 1. */
  timesteps: { from: number; to: number }
}

/** The flow of one layer, one row a step. */
export function flowColumns(
  rows: readonly FlowRow[],
  { layer, window, timesteps: { from, to } }: FlowWanted,
): FlowColumns {
  const layers = rows.map(({ flow }) => flow[layer] ?? { h: new Float32Array() })
  const norms = (state: keyof LayerFlow) =>
    layers.map((flow: LayerFlow) => padded(flow[state] ?? new Float32Array(), window).slice(from - 1, to))
  return {
    steps: rows.map(({ step }) => step),
    timesteps: Array.from({ length: to - from + 1 }, (_, index) => from + index),
    log10_norm: norms('h'),
    ...(layers.some(({ c }) => c !== undefined) ? { cell_state: norms('c') } : {}),
    ...(layers.some(({ probe }) => probe !== undefined) ? { probe: norms('probe') } : {}),
  }
}

function padded(norms: Float32Array, length: number): Cell[] {
  return [...Array.from({ length: Math.max(0, length - norms.length) }, () => null), ...Array.from(norms, short)]
}

function cell(value: number | undefined): Cell {
  return value === undefined ? null : toJsonNumber(value)
}

/** A norm's logarithm to 6 decimals: the norm to 1e-6 of itself, which is more than its float32 had. */
export function short(value: number): JsonNumber {
  return toJsonNumber(Math.round(value * 1e6) / 1e6)
}
