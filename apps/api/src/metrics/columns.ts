import { toJsonNumber, type JsonNumber, type LayerFlow } from '@unroll/contract'
import type { FlowBlock, ScalarBlock } from '@unroll/store'

type Cell = JsonNumber | null

/** The columns of the series `names`: null if a series was not measured at a step. */
export function metricColumns(
  blocks: readonly ScalarBlock[],
  names: readonly string[],
): { steps: number[]; series: Record<string, Cell[]> } {
  const series = names.map((name) => [name, blocks.flatMap((block) => toCells(block, name))] as const)
  return { steps: joinSteps(blocks), series: Object.fromEntries(series) }
}

function toCells({ steps, columns }: ScalarBlock, name: string): Cell[] {
  const column = columns.get(name)
  if (column === undefined) return Array.from(steps, () => null)
  const { values, present } = column
  return Array.from(values, (value, at) => (present?.[at] === 0 ? null : toJsonNumber(value)))
}

function joinSteps(blocks: readonly Pick<ScalarBlock, 'steps'>[]): number[] {
  return blocks.flatMap(({ steps }) => Array.from(steps))
}

interface FlowColumns {
  steps: number[]
  /** 1 … T; the gradient starts at the last one. */
  timesteps: number[]
  log10_norm: Cell[][]
  cell_state?: Cell[][]
  probe?: Cell[][]
}

export interface FlowWanted {
  layer: number
  /** Time steps of a full window: the first windows on a text are shorter and have null in front. */
  window: number
  /** First and last requested time step, from 1. */
  timesteps: { from: number; to: number }
}

/** The flow of one layer, one row a step. */
export function flowColumns(
  blocks: readonly FlowBlock[],
  { layer, window, timesteps: { from, to } }: FlowWanted,
): FlowColumns {
  const layers = blocks.flatMap(({ flow }) => flow.map((row) => row[layer] ?? { h: new Float32Array() }))
  const norms = (state: 'h' | 'c' | 'probe') =>
    layers.map((flow: LayerFlow) => padded(flow[state] ?? new Float32Array(), window).slice(from - 1, to))
  return {
    steps: joinSteps(blocks),
    timesteps: Array.from({ length: to - from + 1 }, (_, index) => from + index),
    log10_norm: norms('h'),
    ...(layers.some(({ c }) => c !== undefined) ? { cell_state: norms('c') } : {}),
    ...(layers.some(({ probe }) => probe !== undefined) ? { probe: norms('probe') } : {}),
  }
}

function padded(norms: Float32Array | Float64Array, length: number): Cell[] {
  return [...Array.from({ length: Math.max(0, length - norms.length) }, () => null), ...Array.from(norms, short)]
}

/** The logarithm of a norm with 6 decimals: the norm to 1e-6 of its value, more than float32 has. */
export function short(value: number): JsonNumber {
  return toJsonNumber(Math.round(value * 1e6) / 1e6)
}
