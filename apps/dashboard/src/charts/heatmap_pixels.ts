// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { SPECIALS, specialKind, type Rgb, type SpecialKind } from '@unroll/client'
import { countUpTo, nearestIndex } from '../data/columns.ts'
import { MISSING, type FlowGrid, type FlowLines } from '../data/flow_rows.ts'
import type { ColourScale } from './colour_scale.ts'
import type { StepRange } from './frame.ts'

const SHADES = 256
const RANK: Readonly<Record<string, number>> = { nan: 3, infinity: 2, finite: 1, zero: 0 }

export interface PixelView {
  /** First and last training step shown. */
  readonly from: number
  readonly to: number
  /** First and last time step shown. */
  readonly timesteps: StepRange
  readonly width: number
  readonly height: number
}

/**
 * The grid resampled to pixels; row 0, at the top, shows the last time step. Of several values in a pixel the most
 * important one is kept: NaN, then +Infinity, then the largest; zero only when all are. Pixels without a value are
 * MISSING.
 */
export function resample(grid: FlowGrid, view: PixelView): Float32Array {
  const pixels = new Float32Array(view.width * view.height).fill(MISSING)
  const lines = linesByPixel(grid.lines, view)
  const reach = measureReach(grid)
  let shown: Span = [0, 0]
  for (let x = 0; x < view.width; x += 1) {
    const [start, end] = rowsAt(grid, x, { ...view, reach })
    if (start === shown[0] && end === shown[1]) copyColumn(pixels, x, view)
    else if (end > start) fillColumn(pixels, { grid, view, lines, x, start, end })
    shown = [start, end]
  }
  return pixels
}

/** RGBA of resampled log₁₀ norms on a scale; unmeasured values are transparent. */
export function paint(log10Norms: Float32Array, { decades, colour }: ColourScale, rgba: Uint8ClampedArray): void {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, log10Norms.length)
  const shades = Uint32Array.from({ length: SHADES }, (_, index) => packPixel(colour(index / (SHADES - 1))))
  const { min } = decades
  const perDecade = (SHADES - 1) / (decades.max - min)
  for (let index = 0; index < log10Norms.length; index += 1) {
    const value = log10Norms[index]!
    if (value === MISSING) continue
    if (Number.isFinite(value)) {
      const shade = Math.round((value - min) * perDecade)
      pixels[index] = shades[shade < 0 ? 0 : shade < SHADES ? shade : SHADES - 1]!
    } else pixels[index] = SPECIAL_PIXELS[specialKind(value) ?? 'nan']
  }
}

/** The four bytes of an opaque pixel as one number, in the order of this machine. */
function packPixel([red, green, blue]: Rgb): number {
  return new Uint32Array(Uint8ClampedArray.of(red, green, blue, 255).buffer)[0]!
}

const SPECIAL_PIXELS = Object.fromEntries(SPECIALS.map(({ kind, colour }) => [kind, packPixel(colour)])) as Record<
  SpecialKind,
  number
>

type Span = readonly [start: number, end: number]

/** For each row of pixels from the top, the indices of the lines it shows. */
function linesByPixel({ from, width, count }: FlowLines, { timesteps, height }: PixelView): Span[] {
  const shown = timesteps.to - timesteps.from + 1
  const toLine = (timestep: number) => Math.min(count, Math.max(0, Math.floor((timestep - from) / width)))
  return Array.from({ length: height }, (_, y) => {
    const start = timesteps.from + Math.floor(((height - 1 - y) * shown) / height)
    const end = Math.max(start + 1, timesteps.from + Math.floor(((height - y) * shown) / height))
    return [toLine(start), Math.min(count, toLine(end - 1) + 1)] as const
  })
}

/** The rows whose step falls into pixel column x; where rows are wider than pixels the nearest one within `reach`. */
function rowsAt(
  { steps, spans }: FlowGrid,
  x: number,
  { from, to, width, reach }: PixelView & { reach: number },
): Span {
  const stepAt = (pixel: number) => from + (pixel / width) * (to - from)
  const start = countUpTo(steps, stepAt(x) - 1e-9)
  const end = countUpTo(steps, stepAt(x + 1) - 1e-9)
  if (end > start) return [start, end]
  const middle = stepAt(x + 0.5)
  const nearest = nearestIndex(steps, middle)
  // Beside a narrow bucket, the middle of a wide one is farther away from its edge.
  const row = [nearest, nearest - 1, nearest + 1].find(
    (near) => Math.abs((steps[near] ?? Infinity) - middle) <= Math.max(reach, spans[near]! / 2),
  )
  return row === undefined ? [0, 0] : [row, row + 1]
}

/**
 * The distance that a row of one step covers to either side: half the median distance of such rows, so that a wider gap
 * stays empty.
 */
function measureReach({ steps, spans }: FlowGrid): number {
  const rows = steps.filter((_, row) => spans[row] === 1)
  const distances = rows.slice(1).map((step, index) => step - rows[index]!)
  return (distances.toSorted()[distances.length >> 1] ?? 1) / 2 + 1e-9
}

interface ColumnTask {
  readonly grid: FlowGrid
  readonly view: PixelView
  readonly lines: readonly Span[]
  readonly x: number
  readonly start: number
  readonly end: number
}

function fillColumn(pixels: Float32Array, { grid, view, lines, x, start, end }: ColumnTask): void {
  for (let y = 0; y < view.height; y += 1) {
    const [low, high] = lines[y]!
    let kept = MISSING
    for (let row = start; row < end; row += 1) {
      for (let line = low; line < high; line += 1) kept = moreTelling(kept, grid.values[row * grid.lines.count + line]!)
    }
    pixels[y * view.width + x] = kept
  }
}

/** If rows are wider than pixels, most pixel columns show the same row as the one before. */
function copyColumn(pixels: Float32Array, x: number, { width, height }: PixelView): void {
  if (x === 0) return
  for (let y = 0; y < height; y += 1) pixels[y * width + x] = pixels[y * width + x - 1]!
}

function moreTelling(kept: number, value: number): number {
  if (value === MISSING) return kept
  if (kept === MISSING) return value
  if (Number.isFinite(kept) && Number.isFinite(value)) return kept >= value ? kept : value
  const [rankKept, rankValue] = [rank(kept), rank(value)]
  if (rankKept !== rankValue) return rankKept > rankValue ? kept : value
  return kept >= value ? kept : value
}

function rank(value: number): number {
  return RANK[specialKind(value) ?? 'finite'] ?? 1
}
