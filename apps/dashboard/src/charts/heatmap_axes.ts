import { CANVAS_FONT, themeColour } from '../theme.ts'
import { xTickCount, yTickCount, type Area, type StepRange } from './frame.ts'
import { integerTicks } from './ticks.ts'

export interface AxesTask {
  readonly area: Area
  readonly range: StepRange
  readonly timesteps: StepRange
}

const GAP = 7

/** Draws the step axis below and the time-step axis left of a heat map, and its outline. */
export function drawAxes(ctx: CanvasRenderingContext2D, { area, range, timesteps }: AxesTask): void {
  const scale = devicePixelRatio
  const { left, top, width, height } = area
  ctx.save()
  ctx.font = CANVAS_FONT.replace(/^\d+/, (size) => String(Number(size) * scale))
  ctx.strokeStyle = themeColour('--line')
  ctx.fillStyle = themeColour('--muted')
  ctx.lineWidth = scale
  ctx.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1)

  ctx.textAlign = 'center'
  ctx.textBaseline = 'top'
  for (const { at, label } of integerTicks({ min: range.from, max: range.to }, xTickCount(width / scale))) {
    const x = left + ((at - range.from) / (range.to - range.from)) * width
    ctx.fillText(label, x, top + height + GAP * scale)
  }
  ctx.fillText('training step', left + width / 2, top + height + 28 * scale)

  ctx.textAlign = 'right'
  ctx.textBaseline = 'middle'
  const lineHeight = height / (timesteps.to - timesteps.from + 1)
  const ticks = integerTicks({ min: timesteps.from, max: timesteps.to }, yTickCount(height / scale))
  for (const { at, label } of ticks) {
    const y = top + height - (at - timesteps.from + 0.5) * lineHeight
    ctx.fillText(label, left - GAP * scale, y)
  }
  drawUpright(ctx, 'time step t', { x: left - 50 * scale, y: top + height / 2 })
  ctx.restore()
}

function drawUpright(ctx: CanvasRenderingContext2D, text: string, { x, y }: { x: number; y: number }): void {
  ctx.save()
  ctx.translate(x, y)
  ctx.rotate(-Math.PI / 2)
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.fillText(text, 0, 0)
  ctx.restore()
}
