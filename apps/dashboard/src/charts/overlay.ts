import type uPlot from 'uplot'
import { CANVAS_FONT, themeColour, type ThemeColour } from '../theme.ts'
import type { Band, Mark } from './decimate.ts'

/** A labelled dashed line across a chart, at a value of its axis: log₁₀ on a log axis. */
export interface Guide {
  readonly at: number
  readonly label: string
  readonly colour: ThemeColour
}

/** A line from top to bottom at a place of the horizontal axis. */
export interface Upright {
  readonly step: number
  readonly colour: ThemeColour
  readonly label?: string
  readonly isDashed?: boolean
}

const MARK_PX = 4
const PLATE_OPACITY = 0.85
const DASH_PX = 5
const BAND_PX = 1.5
const BAND_OPACITY = 0.5
/** Up to this number, each mark has a thin line from top to bottom, so that a single one is visible. */
const MOST_THREADS = 20

/** Draws the guides that lie within the axis. */
export function drawGuides(plot: uPlot, guides: readonly Guide[]): void {
  const { ctx, bbox } = plot
  const scale = devicePixelRatio
  const { min = 0, max = 0 } = plot.scales['y'] ?? {}
  ctx.save()
  ctx.font = scaledFont(scale)
  ctx.textAlign = 'right'
  ctx.lineWidth = scale
  for (const { at, label, colour } of guides) {
    if (at < min || at > max) continue
    const y = Math.round(plot.valToPos(at, 'y', true)) + 0.5
    ctx.strokeStyle = ctx.fillStyle = themeColour(colour)
    ctx.setLineDash([DASH_PX * scale, DASH_PX * scale])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    const isBelow = y - bbox.top < 20 * scale
    ctx.textBaseline = isBelow ? 'top' : 'bottom'
    ctx.setLineDash([])
    onPlate(ctx, label, { x: bbox.left + bbox.width - 6 * scale, y: y + (isBelow ? 4 : -3) * scale, scale })
  }
  ctx.restore()
}

/** Draws the uprights that lie within the axis, each with its label at the top. */
export function drawUprights(plot: uPlot, uprights: readonly Upright[]): void {
  const { ctx, bbox } = plot
  const scale = devicePixelRatio
  ctx.save()
  ctx.font = scaledFont(scale)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'top'
  ctx.lineWidth = scale
  for (const { step, colour, label = '', isDashed = false } of uprights) {
    const x = Math.round(plot.valToPos(step, 'x', true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = ctx.fillStyle = themeColour(colour)
    ctx.setLineDash(isDashed ? [DASH_PX * scale, DASH_PX * scale] : [])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const isNarrow = x - bbox.left < ctx.measureText(label).width + 10 * scale
    ctx.textAlign = isNarrow ? 'left' : 'right'
    if (label !== '') ctx.fillText(label, x + (isNarrow ? 5 : -5) * scale, bbox.top + 3 * scale)
  }
  ctx.restore()
}

/** Draws a bar from the minimum to the maximum of each bucket, wide enough to see a single one. */
export function drawBands(plot: uPlot, bands: readonly Band[], colour: ThemeColour): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.globalAlpha = BAND_OPACITY
  ctx.fillStyle = themeColour(colour)
  for (const { from, to, least, greatest } of bands) {
    const right = plot.valToPos(to, 'x', true)
    const width = Math.max(BAND_PX * devicePixelRatio, right - plot.valToPos(from - 1, 'x', true))
    const [top, bottom] = [plot.valToPos(greatest, 'y', true), plot.valToPos(least, 'y', true)]
    ctx.fillRect(right - width, top, width, Math.max(1, bottom - top))
  }
  ctx.restore()
}

/**
 * Marks values that no line can pass through: a cross for NaN, a triangle at the top for +Infinity, one at the bottom
 * for zero and −Infinity.
 */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot
  const size = MARK_PX * devicePixelRatio
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = themeColour('--alert')
  ctx.lineWidth = 1.5 * devicePixelRatio
  const isSparse = marks.length <= MOST_THREADS
  for (const { step, kind } of marks) {
    const x = plot.valToPos(step, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const isLow = kind === 'zero' || kind === '-infinity'
    const y = isLow ? bbox.top + bbox.height - 2 * size : bbox.top + 2 * size
    if (isSparse) drawThread(ctx, { x, top: bbox.top, bottom: bbox.top + bbox.height })
    ctx.beginPath()
    if (kind === 'nan') cross(ctx, x, y, size)
    else triangle(ctx, x, y, isLow ? -size : size)
  }
  ctx.restore()
}

/** Text on its own background, readable over lines; `y` is its top or bottom, depending on the baseline. */
function onPlate(
  ctx: CanvasRenderingContext2D,
  text: string,
  { x, y, scale }: { x: number; y: number; scale: number },
): void {
  const { width, actualBoundingBoxAscent: above, actualBoundingBoxDescent: below } = ctx.measureText(text)
  const room = 3 * scale
  ctx.save()
  ctx.globalAlpha = PLATE_OPACITY
  ctx.fillStyle = themeColour('--surface')
  ctx.fillRect(x - width - room, y - above - room, width + 2 * room, above + below + 2 * room)
  ctx.restore()
  ctx.fillText(text, x, y)
}

function drawThread(
  ctx: CanvasRenderingContext2D,
  { x, top, bottom }: { x: number; top: number; bottom: number },
): void {
  ctx.save()
  ctx.globalAlpha = 0.25
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, bottom)
  ctx.stroke()
  ctx.restore()
}

function cross(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.moveTo(x - size, y - size)
  ctx.lineTo(x + size, y + size)
  ctx.moveTo(x - size, y + size)
  ctx.lineTo(x + size, y - size)
  ctx.stroke()
}

/** A triangle that points up for a positive size, down for a negative one. */
function triangle(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.moveTo(x, y - size)
  ctx.lineTo(x + size, y + size)
  ctx.lineTo(x - size, y + size)
  ctx.fill()
}

function scaledFont(scale: number): string {
  return CANVAS_FONT.replace(/^\d+/, (size) => String(Number(size) * scale))
}
