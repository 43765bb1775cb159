import type { Cursor } from '@unroll/contract'
import { START, type Metrics, type ScalarBlock } from '@unroll/store'
import { Buckets } from './pyramids/buckets.ts'
import { coverRange, widthFor, type Grid } from './pyramids/grid.ts'
import { blocksIn, hasMoreRows, findLastStep } from './line_extent.ts'
import type { Pyramid } from './pyramids/pyramid.ts'
import { storedPyramid } from './pyramids/pyramid_state.ts'
import type { Segments } from './segments/segments.ts'

export interface OverviewOptions {
  /** @default the first step */
  fromStep?: number
  /** Included. @default the newest step */
  toStep?: number
  maxPoints: number
  /** Selects series. */
  wants: (name: string) => boolean
}

/** The requested range of steps, widened to whole buckets. */
export interface Overview {
  /** Steps of a bucket, a power of two. 1 if nothing is reduced: read the rows. */
  width: number
  /** The first step of the first bucket. */
  fromStep: number
  count: number
  series: Map<string, Buckets>
  cursor: Cursor
  done: boolean
  firstStep: number | null
  /** The last step of the range with a row. */
  lastStep: number
}

/** The stored pyramid is used if its buckets are at most this much wider than requested. */
const COARSER = 8

/**
 * A run, or a range of it, in at most `maxPoints` buckets. For every width, each value of the range is in one bucket,
 * and the extremes of a bucket are those of its values.
 */
export async function overview(
  metrics: Metrics,
  segments: Segments,
  id: string,
  { fromStep, toStep, maxPoints, wants }: OverviewOptions,
): Promise<Overview> {
  const line = await metrics.line(id, 'scalars')
  const { head: cursor, ended: done, firstStep } = line
  const range = { from: Math.max(fromStep ?? 1, firstStep ?? 1), to: Math.min(toStep ?? Infinity, findLastStep(line)) }
  const shared = { cursor, done, firstStep, lastStep: range.to }
  if (range.to < range.from || !(await hasMoreRows(segments, 'scalars', { line, range, most: maxPoints })))
    return { ...shared, width: 1, fromStep: range.from, count: 0, series: new Map() }

  const stored = await storedPyramid(line, (name) => segments.pyramid(name))
  const asked = widthFor(range, maxPoints)
  const pyramid = stored !== undefined && stored.width <= asked * COARSER ? stored : undefined
  const grid = coverRange(range, Math.max(asked, pyramid?.width ?? 1))
  const series = new Map<string, Buckets>()
  if (pyramid !== undefined) mergePyramid(series, pyramid, grid, wants)
  const after = pyramid?.end ?? START
  for await (const block of blocksIn(segments, 'scalars', { line, after, grid }))
    addBlock(series, block, { grid, wants })
  const { width, first, count } = grid
  return { ...shared, width, fromStep: first * width + 1, count, series: byName(series) }
}

/** In an order that does not depend on the storage of the rows. */
function byName<Value>(series: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map([...series].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function mergePyramid(
  series: Map<string, Buckets>,
  pyramid: Pyramid,
  grid: Grid,
  wants: (name: string) => boolean,
): void {
  const perBucket = grid.width / pyramid.width
  for (const [name, narrow] of pyramid.series) {
    if (!wants(name)) continue
    const buckets = ensureBuckets(series, name, grid)
    const from = grid.first * perBucket
    const to = Math.min(narrow.count, from + grid.count * perBucket)
    for (let at = from; at < to; at++) buckets.merge(Math.floor(at / perBucket) - grid.first, narrow, at)
  }
}

function addBlock(
  series: Map<string, Buckets>,
  { steps, columns }: ScalarBlock,
  { grid, wants }: { grid: Grid; wants: (name: string) => boolean },
): void {
  for (const [name, column] of columns)
    if (wants(name)) ensureBuckets(series, name, grid).addColumn(column, { steps, from: 0, to: steps.length, ...grid })
}

function ensureBuckets(series: Map<string, Buckets>, name: string, { count }: Grid): Buckets {
  const buckets = series.get(name) ?? new Buckets(count)
  series.set(name, buckets)
  return buckets
}
