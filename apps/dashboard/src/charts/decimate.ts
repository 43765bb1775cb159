// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { countUpTo, type Column } from '../data/columns.ts'
import type { Spread } from '../data/spread.ts'

/** Points at which a pixel column shows its extremes instead of every value. */
const POINTS_PER_PIXEL = 4

/** Values that are marked because a line cannot pass through them. `zero` is the exact zero on a log axis. */
export type MarkKind = 'nan' | 'infinity' | '-infinity' | 'zero'

export interface Mark {
  readonly series: number
  readonly step: number
  readonly kind: MarkKind
}

export interface DecimateSeries {
  readonly column: Column
  /** True for a sparse series: the line joins its values across rows without one. */
  readonly sparse: boolean
}

export interface DecimateView {
  /** First and last step shown. */
  readonly from: number
  readonly to: number
  /** Width of the drawing in device pixels. */
  readonly pixels: number
  /** True to draw log₁₀ of the values. */
  readonly log: boolean
}

/** The extremes of a bucket of steps, drawn from its first to its last step. */
export interface Band {
  readonly from: number
  readonly to: number
  readonly least: number
  readonly greatest: number
}

/** Points to draw. In `y`, null breaks the line and undefined does not. */
export interface Drawing {
  readonly x: number[]
  readonly y: (number | null | undefined)[][]
  /** For each series, the extremes of the buckets that are points of the line. */
  readonly bands: Band[][]
  /** Values that no line can pass through: at most one of a kind for each pixel and series. */
  readonly marks: Mark[]
  /** The number of marked values that the drawing represents, by kind. */
  readonly counts: Record<MarkKind, number>
  /** The number of finite values that the drawing represents, by series. */
  readonly points: number[]
}

/**
 * The points that draw `series` over `steps` in `view.pixels` columns. From four rows a pixel on, each pixel column
 * keeps the minimum and the maximum of every series, so that a spike of a single step is never lost.
 */
export function decimate(steps: Float64Array, series: readonly DecimateSeries[], view: DecimateView): Drawing {
  // one more row on either side lets lines run to the edges
  const first = Math.max(0, countUpTo(steps, view.from) - 1)
  const end = Math.min(steps.length, countUpTo(steps, view.to) + 1)
  const buckets = end - first < POINTS_PER_PIXEL * view.pixels ? singles(first, end) : columns(steps, first, end, view)
  const drawing: Drawing = {
    x: buckets.flatMap(([start, stop]) => (stop - start === 1 ? [steps[start]!] : [steps[start]!, steps[stop - 1]!])),
    y: series.map(() => []),
    bands: series.map(() => []),
    marks: [],
    counts: { nan: 0, infinity: 0, '-infinity': 0, zero: 0 },
    points: series.map(() => 0),
  }
  for (const index of series.keys()) drawSeries(steps, { ...series[index]!, index, buckets, log: view.log }, drawing)
  return drawing
}

type Bucket = readonly [start: number, end: number]

function singles(first: number, end: number): Bucket[] {
  return Array.from({ length: end - first }, (_, row) => [first + row, first + row + 1] as const)
}

function columns(steps: Float64Array, first: number, end: number, { from, to, pixels }: DecimateView): Bucket[] {
  const toPixel = (row: number) => Math.floor(((steps[row]! - from) / (to - from)) * pixels)
  const buckets: Bucket[] = []
  let start = first
  for (let row = first + 1; row <= end; row += 1) {
    if (row < end && toPixel(row) === toPixel(start)) continue
    buckets.push([start, row])
    start = row
  }
  return buckets
}

interface SeriesTask extends DecimateSeries {
  readonly index: number
  readonly buckets: readonly Bucket[]
  readonly log: boolean
}

function drawSeries(steps: Float64Array, { column, sparse, index, buckets, log }: SeriesTask, drawing: Drawing): void {
  const y = drawing.y[index]!
  for (const [start, end] of buckets) {
    const found = scan(column, { start, end, log })
    drawing.points[index]! += found.finite
    for (const [kind, { row, count }] of found.marks) {
      drawing.marks.push({ series: index, step: steps[row]!, kind })
      drawing.counts[kind] += count
    }
    y.push(...extremes(found, { width: end - start, sparse }))
    const from = column.spread?.first[start] ?? steps[start]!
    if (end - start === 1 && from < steps[start]! && found.finite > 0)
      drawing.bands[index]!.push({ from, to: steps[start]!, least: found.least, greatest: found.greatest })
  }
}

interface Scan {
  finite: number
  least: number
  greatest: number
  leastFirst: boolean
  /** NaN unless the last value is a point of the line. */
  last: number
  marks: Map<MarkKind, { row: number; count: number }>
}

function scan(
  { values, present, spread }: Column,
  { start, end, log }: { start: number; end: number; log: boolean },
): Scan {
  const marks: Scan['marks'] = new Map()
  const found: Scan = { finite: 0, least: Infinity, greatest: -Infinity, leastFirst: true, last: NaN, marks }
  for (let row = start; row < end; row += 1) {
    if (present[row] === 0) continue
    const value = log ? Math.log10(values[row]!) : values[row]!
    found.last = value
    if (spread !== undefined) takeBucket(found, { spread, row, log })
    else if (!Number.isFinite(value)) mark(found, { kind: markKind(value, log), row, count: 1 })
    else take(found, value, 1)
  }
  if (found.finite === 1) found.leastFirst = true
  return found
}

function take(found: Scan, value: number, count: number): void {
  found.finite += count
  if (value > found.greatest) [found.greatest, found.leastFirst] = [value, true]
  if (value < found.least) [found.least, found.leastFirst] = [value, false]
}

/** On a log axis the minimum may be an exact zero, which is marked: the axis then begins at the maximum. */
function takeBucket(found: Scan, { spread, row, log }: { spread: Spread; row: number; log: boolean }): void {
  const counts = { nan: spread.nan[row]!, infinity: spread.infinity[row]!, '-infinity': spread.negativeInfinity[row]! }
  for (const [kind, count] of Object.entries(counts)) if (count > 0) mark(found, { kind: kind as MarkKind, row, count })
  if (spread.n[row] === 0) return
  const [least, greatest] = [spread.least[row]!, spread.greatest[row]!].map((value) =>
    log ? Math.log10(value) : value,
  )
  if (!Number.isFinite(least)) mark(found, { kind: 'zero', row, count: 1 })
  for (const value of [least!, greatest!]) if (Number.isFinite(value)) take(found, value, 0)
  if (Number.isFinite(greatest)) found.finite += spread.n[row]!
}

function mark({ marks }: Scan, { kind, row, count }: { kind: MarkKind; row: number; count: number }): void {
  const { row: first, count: before } = marks.get(kind) ?? { row, count: 0 }
  marks.set(kind, { row: first, count: before + count })
}

function markKind(value: number, log: boolean): MarkKind {
  if (Number.isNaN(value)) return 'nan'
  if (value > 0) return 'infinity'
  return log ? 'zero' : '-infinity'
}

function extremes(
  { finite, least, greatest, leastFirst, last, marks }: Scan,
  { width, sparse }: { width: number; sparse: boolean },
): (number | null | undefined)[] {
  if (width === 1 && Number.isFinite(last)) return [last]
  if (width > 1 && finite > 0) return leastFirst ? [least, greatest] : [greatest, least]
  const nothing = sparse && marks.size === 0 ? undefined : null
  return width === 1 ? [nothing] : [nothing, nothing]
}
