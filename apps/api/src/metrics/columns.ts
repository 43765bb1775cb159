import { toJsonNumber, type JsonNumber, type LayerFlow } from '@unroll/contract'
import type { Column, FlowBlock, ScalarBlock } from '@unroll/store'

type Cell = JsonNumber | null

const NOT_MEASURED: Column = { values: new Float64Array() }

/** The columns of the series `names`: null if a series was not measured at a step. */
export function metricColumns(
  blocks: readonly ScalarBlock[],
  names: readonly string[],
): { steps: number[]; series: Record<string, Cell[]> } {
  return {
    steps: joinSteps(blocks),
    series: Object.fromEntries(names.map((name) => [name, joinCells(blocks, name)])),
  }
}

/** Grown by loops, a tenth of the time of `flatMap` and `Array.from`: replays of long runs consist of it. */
function joinCells(blocks: readonly ScalarBlock[], name: string): Cell[] {
  const cells: Cell[] = []
  for (const { steps, columns } of blocks) {
    const { values, present } = columns.get(name) ?? NOT_MEASURED
    for (let at = 0; at < steps.length; at++) {
      const value = present?.[at] === 0 ? undefined : values[at]
      cells.push(value === undefined ? null : toJsonNumber(value))
    }
  }
  return cells
}

function joinSteps(blocks: readonly Pick<ScalarBlock, 'steps'>[]): number[] {
  const joined: number[] = []
  for (const { steps } of blocks) for (const step of steps) joined.push(step)
  return joined
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
    layers.map((flow: LayerFlow) => cutRow(flow[state] ?? new Float32Array(), { window, from, to }))
  return {
    steps: joinSteps(blocks),
    timesteps: Array.from({ length: to - from + 1 }, (_, index) => from + index),
    log10_norm: norms('h'),
    ...(layers.some(({ c }) => c !== undefined) ? { cell_state: norms('c') } : {}),
    ...(layers.some(({ probe }) => probe !== undefined) ? { probe: norms('probe') } : {}),
  }
}

/** A row of a window, null where it reaches back less far. */
function cutRow(
  norms: Float32Array | Float64Array,
  { window, from, to }: { window: number; from: number; to: number },
): Cell[] {
  const missing = Math.max(0, window - norms.length)
  const cells: Cell[] = []
  for (let timestep = from; timestep <= to; timestep++) {
    const norm = norms[timestep - 1 - missing]
    cells.push(norm === undefined ? null : short(norm))
  }
  return cells
}

/** The logarithm of a norm with 6 decimals: the norm to 1e-6 of its value, more than float32 has. */
export function short(value: number): JsonNumber {
  return toJsonNumber(Math.round(value * 1e6) / 1e6)
}
