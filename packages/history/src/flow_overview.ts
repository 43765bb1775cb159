import type { Cursor } from '@unroll/spec'
import {
  LAST_STEP,
  START,
  decodeFlow,
  headOf,
  isBehind,
  segmentOf,
  type FlowRow,
  type Line,
  type Metrics,
  type Placed,
} from '@unroll/store'
import { FlowTile } from './flow_tile.ts'
import { gridOf, widthFor, type Grid, type Range } from './grid.ts'
import { lastStepOf, rowsIn } from './line_extent.ts'
import type { Segments } from './segments.ts'

export interface FlowOverviewOptions {
  layer: number
  /** Time steps of a full window. */
  window: number
  /** Only rows behind this place. @default the start */
  after?: Cursor
  /** @default the first step */
  fromStep?: number
  /** Included. @default the newest step */
  toStep?: number
  /** Time steps, from 1; both included. @default the window */
  timesteps?: Range
  maxSteps: number
  maxTimesteps: number
}

/** The range of training steps and time steps asked for, widened to whole buckets. */
export interface FlowOverview {
  /** Undefined when nothing is reduced: read the rows. */
  tile: FlowTile | undefined
  cursor: Cursor
  done: boolean
  firstStep: number | null
  /** Set when a newer attempt went on from this step: rows beyond it that the reader has are void. */
  resumedFromStep?: number
}

/** The flow of one layer, or a range of it, in at most `maxSteps` buckets of training steps by `maxTimesteps` of time steps. */
export async function flowOverview(
  metrics: Metrics,
  segments: Segments,
  id: string,
  {
    layer,
    window,
    after = START,
    fromStep = 1,
    toStep = LAST_STEP,
    timesteps = { from: 1, to: window },
    ...most
  }: FlowOverviewOptions,
): Promise<FlowOverview> {
  const line = await metrics.line(id, 'flow', { after })
  const resumed = after.epoch === 0 ? LAST_STEP : line.validTo(after.epoch)
  const place = {
    cursor: line.head,
    done: line.ended,
    firstStep: line.firstStep,
    ...(resumed !== LAST_STEP && { resumedFromStep: resumed }),
  }
  const [oldest] = line.frames
  const begin = oldest === undefined ? fromStep : Math.max(fromStep, headOf(oldest).firstStep)
  const range = { from: begin, to: Math.min(toStep, lastStepOf(line)) }
  const lines = gridOf(timesteps, widthFor(timesteps, most.maxTimesteps))
  const isWhole = range.to < range.from || rowsIn(line, range, after) <= most.maxSteps
  if (isWhole && lines.width === 1) return { ...place, tile: undefined }

  const tile = new FlowTile(isWhole ? 1 : widthFor(range, most.maxSteps), lines)
  if (range.to < range.from) return { ...place, tile }
  for await (const rows of rowsOf(segments, { line, after, grid: gridOf(range, tile.width) }))
    for (const { step, flow } of rows) if (flow[layer] !== undefined) tile.add(step, flow[layer], window)
  return { ...place, tile }
}

/** The rows that count, behind a cursor and in the buckets of a grid; segments outside of it are not read. */
async function* rowsOf(
  segments: Segments,
  { line, after, grid: { first, count, width } }: { line: Line; after: Cursor; grid: Grid },
): AsyncGenerator<FlowRow[]> {
  const fromStep = first * width + 1
  const toStep = (first + count) * width
  for (const frame of line.frames) {
    const head = headOf(frame)
    const lastStep = Math.min(toStep, line.validTo(head.epoch))
    if (head.firstStep > lastStep || head.lastStep < fromStep) continue
    const name = segmentOf(frame)
    const wanted = { after, fromStep, count: head.rows }
    const rows: Placed<FlowRow>[] = name === undefined ? decodeFlow(frame) : await segments.rows('flow', name, wanted)
    yield rows
      .filter(({ at, row: { step } }) => isBehind(at, after) && step >= fromStep && step <= lastStep)
      .map(({ row }) => row)
  }
}
