import type { MatrixOfLayers } from '@unroll/client'
import { formatRange, formatValue } from '../format.ts'
import type { Column, Table } from './columns.ts'

export type MatrixLayer = MatrixOfLayers['layers'][number]

/** The first and last time step of a source of a layer, from 1. */
export function sourceRange({ sources, flow }: MatrixLayer, source: number): readonly [first: number, last: number] {
  return [sources[source] ?? 1, (sources[source + 1] ?? flow.length + 1) - 1]
}

/** A column of norms for each time step, the last source first. */
export function toHeatColumns({ log10_norm: rows, flow }: MatrixLayer): number[][] {
  return flow.map((_, t) => rows.map((row) => 10 ** (row[t] ?? Number.NaN)).toReversed())
}

/** What lies at the edges of a matrix, by time step: the flow of all sources together, and what the last source alone sends back. */
export function marginTable({ log10_norm: rows, flow }: MatrixLayer): Table {
  return {
    steps: Float64Array.from(flow, (_, t) => t + 1),
    columns: new Map([
      ['flow', toColumn(flow)],
      ['last', toColumn(rows.at(-1) ?? [])],
    ]),
  }
}

/** What a cell says. */
export function cellWords(layer: MatrixLayer, source: number, t: number): string {
  const [first, last] = sourceRange(layer, source)
  const norm = 10 ** (layer.log10_norm[source]?.[t - 1] ?? Number.NaN)
  const losses = first === last ? `time step ${first}` : `time steps ${formatRange(first, last)}`
  return `The loss of ${losses} teaches the state of time step ${t} with ${formatValue(norm)}`
}

function toColumn(logs: readonly number[]): Column {
  return { values: Float64Array.from(logs, (log10) => 10 ** log10), present: new Uint8Array(logs.length).fill(1) }
}
