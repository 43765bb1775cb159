// Responses as tables in the long form: one line for each place of a measurement.

import type { TableColumn } from '@unroll/history'
import {
  fromJsonNumber,
  type Flow,
  type FlowBuckets,
  type JsonNumber,
  type Matrix,
  type MetricBuckets,
  type Metrics,
  type Probe,
} from '@unroll/contract'
import type { Table } from './formats.ts'

type Cell = JsonNumber | null
/** Values of one line, or of one step with a line for each time step. */
type Cells = readonly (Cell | readonly Cell[])[]

const STATES = ['log10_norm', 'cell_state', 'probe'] as const

/**
 * One line for each step and one column for each series; for buckets one line for each bucket and columns such as
 * `loss.max`.
 */
export function metricsTable(answer: Metrics | MetricBuckets): Table {
  const { steps } = answer
  if (!('bucket_steps' in answer))
    return [whole('step', steps), ...Object.entries(answer.series).map(([name, cells]) => numbers(name, cells))]
  const series = Object.entries(answer.series).flatMap(([name, statistics]) => nameColumns(name, statistics))
  return [whole('step', steps), every('bucket_steps', answer.bucket_steps, steps), ...series]
}

/** One line for each step and time step and one column for each state; for a tile columns such as `log10_norm.max`. */
export function flowTable(answer: Flow | FlowBuckets): Table {
  const lines = answer.steps.flatMap((step) => answer.timesteps.map((timestep) => ({ step, timestep })))
  const places = (['step', 'timestep'] as const).map((name) => whole(name, pluck(lines, name)))
  if (!('bucket_steps' in answer)) {
    const states = STATES.flatMap((state) => (answer[state] === undefined ? [] : [numbers(state, answer[state])]))
    return [...places, ...states]
  }
  return [
    ...places,
    every('bucket_steps', answer.bucket_steps, lines),
    every('bucket_timesteps', answer.bucket_timesteps, lines),
    ...STATES.flatMap((state) => nameColumns(state, answer[state] ?? {})),
  ]
}

/** One line for each layer and k, with the fit of the layer in all of its lines. */
export function probeTable({ step, layers }: Probe): Table {
  const lines = layers.flatMap(({ log10_phi, ...fitted }) =>
    log10_phi.map((phi, k) => ({ ...fitted, k, log10_phi: phi })),
  )
  return [
    every('step', step ?? 0, lines),
    ...(['layer', 'k'] as const).map((name) => whole(name, pluck(lines, name))),
    ...(['log10_phi', 'beta', 'horizon', 'rounded'] as const).map((name) => numbers(name, pluck(lines, name))),
  ]
}

/** One line for each layer, source and time step. */
export function matrixTable({ step, layers }: Matrix): Table {
  const lines = layers.flatMap(({ layer, sources, log10_norm: rows }) =>
    rows.flatMap((row, s) =>
      row.map((norm, t) => ({ layer, source: sources[s] ?? 0, timestep: t + 1, log10_norm: norm })),
    ),
  )
  return [
    every('step', step ?? 0, lines),
    ...(['layer', 'source', 'timestep'] as const).map((name) => whole(name, pluck(lines, name))),
    numbers('log10_norm', pluck(lines, 'log10_norm')),
  ]
}

function pluck<Line, Name extends keyof Line>(lines: readonly Line[], name: Name): Line[Name][] {
  return lines.map((line) => line[name])
}

function nameColumns(of: string, statistics: Readonly<Record<string, Cells>>): TableColumn[] {
  return Object.entries(statistics).map(([name, cells]) => numbers(`${of}.${name}`, cells))
}

function every(name: string, value: number, { length }: readonly unknown[]): TableColumn {
  return { name, values: new Uint32Array(length).fill(value) }
}

function whole(name: string, values: readonly number[]): TableColumn {
  return { name, values: Uint32Array.from(values) }
}

function numbers(name: string, nested: Cells): TableColumn {
  const cells: Cell[] = nested.flat()
  const values = Float64Array.from(cells, (cell) => (cell === null ? 0 : fromJsonNumber(cell)))
  if (!cells.includes(null)) return { name, values }
  return { name, values, present: Uint8Array.from(cells, (cell) => Number(cell !== null)) }
}
