import type { Cursor } from '@unroll/contract'
import {
  LAST_STEP,
  START,
  endOfFrame,
  readHead,
  isBehind,
  readSegmentName,
  type Timeline,
  type Metrics,
} from '@unroll/store'
import type { FlowPyramid } from './pyramids/flow_pyramid.ts'
import { FlowTile } from './pyramids/flow_tile.ts'
import { coverRange, widthFor, type Grid, type Range } from './pyramids/grid.ts'
import { blocksIn, firstStepBehind, hasMoreRows, findLastStep } from './line_extent.ts'
import { storedPyramid } from './pyramids/pyramid_state.ts'
import type { Segments } from './segments/segments.ts'

/** The stored pyramid is used if its buckets of training steps are at most this much wider than requested. */
const COARSER = 2
/** Number of segments, of up to 384 KiB each, that are read for one response if there is a pyramid. */
const MOST_SEGMENTS = 96

export interface FlowOverviewOptions {
  layer: number
  /** Time steps of a full window. */
  window: number
  /** Only rows after this cursor. @default the start */
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

/** The requested range of training steps and time steps, widened to whole buckets. */
export interface FlowOverview {
  /** Undefined if nothing is reduced: read the rows. */
  tile: FlowTile | undefined
  /** The last step of the range with a row; 0 without any. */
  lastStep: number
  cursor: Cursor
  done: boolean
  firstStep: number | null
  /** Set if a newer attempt resumed from this step: the reader's rows beyond it are void. */
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
  const oldest = after === START ? line.firstStep : await firstStepBehind(segments, 'flow', { line, after })
  const range = { from: Math.max(fromStep, oldest ?? fromStep), to: Math.min(toStep, findLastStep(line)) }
  const shared = { ...place, lastStep: range.to }
  const lines = coverRange(timesteps, widthFor(timesteps, most.maxTimesteps))
  const isWhole =
    range.to < range.from || !(await hasMoreRows(segments, 'flow', { line, range, after, most: most.maxSteps }))
  if (isWhole && lines.width === 1) return { ...shared, tile: undefined }
  const width = isWhole ? 1 : widthFor(range, most.maxSteps)
  if (range.to < range.from) return { ...shared, tile: new FlowTile(width, lines) }

  const pyramid = isWhole || after !== START ? undefined : await pyramidFor(segments, { line, range, width, lines })
  const stored = pyramid?.layers[layer]
  const tile =
    stored === undefined
      ? new FlowTile(width, lines)
      : new FlowTile(Math.max(width, stored.width), coverRange(timesteps, Math.max(lines.width, stored.lines.width)))
  const grid = coverRange(range, tile.width)
  if (stored !== undefined) mergeStored(tile, stored, grid)
  for await (const { steps, flow } of blocksIn(segments, 'flow', { line, after: pyramid?.end ?? after, grid }))
    for (const [at, step] of steps.entries())
      if (flow[at]?.[layer] !== undefined) tile.add(step, flow[at][layer], window)
  return { ...shared, tile }
}

/** The stored pyramid, if its resolution suffices, or nearly, or if there are too many rows to read. */
async function pyramidFor(
  segments: Segments,
  { line, range, width, lines }: { line: Timeline; range: Range; width: number; lines: Grid },
): Promise<FlowPyramid | undefined> {
  const stored = await storedPyramid(line, (name) => segments.flowPyramid(name))
  const [tile] = stored?.layers ?? []
  if (tile === undefined) return undefined
  const isFine = tile.width <= width * COARSER && tile.lines.width <= lines.width
  return isFine || segmentsIn(line, range, stored?.end ?? START) > MOST_SEGMENTS ? stored : undefined
}

/** Segments of a range whose rows are all in a pyramid that ends at a position. */
function segmentsIn({ frames }: Timeline, { from, to }: Range, end: Cursor): number {
  const within = frames.filter((frame) => readSegmentName(frame) !== undefined && !isBehind(endOfFrame(frame), end))
  return within.map(readHead).filter(({ firstStep, lastStep }) => firstStep <= to && lastStep >= from).length
}

function mergeStored(tile: FlowTile, stored: FlowTile, { first, count }: Grid): void {
  for (const [bucket, columns] of stored.columns) {
    const wide = Math.floor((bucket * stored.width) / tile.width)
    if (wide >= first && wide < first + count) tile.merge(bucket, columns, stored)
  }
}
