// Lines over a heat map. Each has a dark and a light stroke, so that it is seen over every colour.

import type { Reach } from '../data/flow_relative.ts'
import { CANVAS_FONT } from '../theme.ts'
import type { AxesTask } from './heatmap_axes.ts'

const DARK = 'rgb(0 0 0 / 0.65)'
const LIGHT = 'rgb(255 255 255 / 0.95)'
/** Training steps without a value between two rows that are still joined, in pixels of the drawing. */
const MOST_GAP_PX = 60

/** The line along which the norm falls below ε of that at t = T: what is below it does not reach the last output. */
export function drawReach(ctx: CanvasRenderingContext2D, { steps, timesteps }: Reach, view: AxesTask): void {
  const path = new Path2D()
  let last = -Infinity
  for (const [row, step] of steps.entries()) {
    const t = timesteps[row] ?? Number.NaN
    if (Number.isNaN(t) || t === 0) continue
    const [x, y] = [toX(step, view), toY(t - 0.5, view)]
    if (x - last > MOST_GAP_PX * devicePixelRatio) path.moveTo(x, y)
    else path.lineTo(x, y)
    last = x
  }
  inside(ctx, view, () => strokeTwice(ctx, path))
}

/** The time step that the output at t = T needs. */
export function drawLag(
  ctx: CanvasRenderingContext2D,
  { timestep, label }: { timestep: number; label: string },
  view: AxesTask,
): void {
  const { area } = view
  const scale = devicePixelRatio
  const y = toY(timestep, view)
  if (y < area.top || y > area.top + area.height) return
  const path = new Path2D()
  path.moveTo(area.left, y)
  path.lineTo(area.left + area.width, y)
  ctx.save()
  ctx.setLineDash([5 * scale, 5 * scale])
  strokeTwice(ctx, path)
  ctx.setLineDash([])
  ctx.font = CANVAS_FONT.replace(/^\d+/, (size) => String(Number(size) * scale))
  const isHigh = y - area.top < 20 * scale
  ctx.textBaseline = isHigh ? 'top' : 'bottom'
  ctx.textAlign = 'right'
  const place = [area.left + area.width - 6 * scale, y + (isHigh ? 4 : -4) * scale] as const
  ctx.fillStyle = DARK
  const { width } = ctx.measureText(label)
  ctx.fillRect(place[0] - width - 4 * scale, place[1] - (isHigh ? 2 : 14) * scale, width + 8 * scale, 16 * scale)
  ctx.fillStyle = LIGHT
  ctx.fillText(label, ...place)
  ctx.restore()
}

/** The pinned training step. */
export function drawPinned(ctx: CanvasRenderingContext2D, step: number, view: AxesTask): void {
  const { area, range } = view
  if (step < range.from || step > range.to) return
  const path = new Path2D()
  path.moveTo(toX(step, view), area.top)
  path.lineTo(toX(step, view), area.top + area.height)
  strokeTwice(ctx, path)
}

function strokeTwice(ctx: CanvasRenderingContext2D, path: Path2D): void {
  ctx.save()
  ctx.lineJoin = 'round'
  for (const [style, width] of [
    [DARK, 3],
    [LIGHT, 1.25],
  ] as const) {
    ctx.strokeStyle = style
    ctx.lineWidth = width * devicePixelRatio
    ctx.stroke(path)
  }
  ctx.restore()
}

function inside(ctx: CanvasRenderingContext2D, { area }: AxesTask, draw: () => void): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(area.left, area.top, area.width, area.height)
  ctx.clip()
  draw()
  ctx.restore()
}

function toX(step: number, { area, range }: AxesTask): number {
  return area.left + ((step - range.from) / (range.to - range.from)) * area.width
}

/** The middle of the line of a time step. */
function toY(timestep: number, { area, timesteps }: AxesTask): number {
  return (
    area.top + area.height - ((timestep - timesteps.from + 0.5) / (timesteps.to - timesteps.from + 1)) * area.height
  )
}
