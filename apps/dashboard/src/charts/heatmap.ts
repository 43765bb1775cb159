import { nearestIndex } from '../columns.ts'
import { element, setAttribute, setText } from '../element.ts'
import { MISSING, type FlowGrid } from '../flow_rows.ts'
import { formatCount, formatValue } from '../format.ts'
import { onThemeChange } from '../theme.ts'
import { ColourBar } from './colour_bar.ts'
import { specialKind, survey } from './colour_map.ts'
import { FRAME, onWidth, type StepRange } from './frame.ts'
import { drawAxes } from './heatmap_axes.ts'
import { paint, resample } from './heatmap_pixels.ts'

export interface HeatMapOptions {
  readonly label: string
  readonly testId: string
  readonly height: number
  /** Is told the row pointed at, or -1. */
  readonly onRow: (row: number) => void
  readonly signal: AbortSignal
}

export interface HeatMapData {
  readonly grid: FlowGrid
  readonly range: StepRange
}

interface Place {
  readonly row: number
  /** Time step, from 1. */
  readonly t: number
}

const NOTHING: HeatMapData = {
  grid: { steps: new Float64Array(0), timesteps: 0, values: new Float32Array(0) },
  range: { from: 0, to: 1 },
}

/** log₁₀ norms over training step (x) and time step (y) in colour. Gets a grid and draws. */
export class HeatMap {
  readonly root: HTMLElement
  readonly #options: HeatMapOptions
  readonly #bar = new ColourBar()
  readonly #place: HTMLElement = element('div', { class: 'readout readout-place' })
  readonly #canvas: HTMLCanvasElement = element('canvas')
  readonly #crosshair: HTMLElement = element('div', { class: 'crosshair' })
  readonly #stage: HTMLElement
  #width = 0
  #data: HeatMapData = NOTHING
  #pointed: Place | null = null

  constructor(options: HeatMapOptions) {
    this.#options = options
    const { height, signal, testId } = options
    this.#stage = element(
      'div',
      { class: 'plot', attributes: { tabindex: '0', role: 'img' } },
      this.#canvas,
      this.#crosshair,
    )
    this.#stage.style.height = `${height}px`
    this.root = element('div', { class: 'chart-body', testId }, this.#bar.root, this.#place, this.#stage)
    onThemeChange(() => this.draw(this.#data), signal)
    onWidth(this.#stage, (width) => this.#resize(width), signal)
    this.#stage.addEventListener('pointermove', (event) => this.#point(this.#placeAt(event)), { signal })
    this.#stage.addEventListener('pointerleave', () => this.#point(null), { signal })
    this.#stage.addEventListener('blur', () => this.#point(null), { signal })
    this.#stage.addEventListener('keydown', (event) => this.#onKey(event), { signal })
  }

  draw(data: HeatMapData): void {
    this.#data = data
    const { grid } = data
    const { decades, counts, finite } = survey(grid.values)
    this.#bar.show(decades, counts)
    setAttribute(this.root, 'data-points', String(finite + counts.nan + counts.infinity + counts.zero))
    setAttribute(this.root, 'data-rows', String(grid.steps.length))
    setAttribute(this.root, 'data-timesteps', String(grid.timesteps))
    setAttribute(this.#stage, 'aria-label', describe(this.#options.label, grid))
    this.#point(this.#pointed !== null && this.#pointed.row < grid.steps.length ? this.#pointed : null)
    const ctx = this.#canvas.getContext('2d')
    if (ctx === null || this.#width === 0) return
    ctx.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    const area = this.#area()
    if (grid.steps.length > 0) {
      const pixels = resample(grid, { ...data.range, width: area.width, height: area.height })
      const image = ctx.createImageData(area.width, area.height)
      paint(pixels, decades ?? { min: -1, max: 0 }, image.data)
      ctx.putImageData(image, area.left, area.top)
    }
    drawAxes(ctx, { area, range: data.range, timesteps: grid.timesteps })
  }

  #resize(width: number): void {
    this.#width = width
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(this.#options.height * devicePixelRatio)
    this.draw(this.#data)
  }

  /** The plotting area in device pixels. */
  #area(): { left: number; top: number; width: number; height: number } {
    const scale = devicePixelRatio
    return {
      left: Math.round(FRAME.left * scale),
      top: Math.round(FRAME.top * scale),
      width: Math.max(1, Math.round((this.#width - FRAME.left - FRAME.right) * scale)),
      height: Math.max(1, Math.round((this.#options.height - FRAME.top - FRAME.bottom) * scale)),
    }
  }

  #placeAt({ clientX, clientY }: PointerEvent): Place | null {
    const { grid, range } = this.#data
    const bounds = this.#stage.getBoundingClientRect()
    const across = (clientX - bounds.left - FRAME.left) / (this.#width - FRAME.left - FRAME.right)
    const up = 1 - (clientY - bounds.top - FRAME.top) / (this.#options.height - FRAME.top - FRAME.bottom)
    const row = nearestIndex(grid.steps, range.from + across * (range.to - range.from))
    if (across < 0 || across > 1 || up < 0 || up > 1 || row < 0) return null
    return { row, t: Math.min(grid.timesteps, Math.floor(up * grid.timesteps) + 1) }
  }

  #onKey(event: KeyboardEvent): void {
    const { steps, timesteps } = this.#data.grid
    if (steps.length === 0) return
    const { row, t } = this.#pointed ?? { row: steps.length - 1, t: timesteps }
    const targets: Record<string, Place | null> = {
      ArrowLeft: { row: Math.max(0, row - 1), t },
      ArrowRight: { row: Math.min(steps.length - 1, row + 1), t },
      ArrowUp: { row, t: Math.min(timesteps, t + 1) },
      ArrowDown: { row, t: Math.max(1, t - 1) },
      Escape: null,
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    this.#point(target)
  }

  #point(place: Place | null): void {
    const { grid, range } = this.#data
    this.#pointed = place
    const shown = place ?? { row: grid.steps.length - 1, t: 1 }
    setText(this.#place, placeText(grid, shown))
    this.#options.onRow(place?.row ?? -1)
    this.#crosshair.hidden = place === null
    if (place === null) return
    const across = ((grid.steps[place.row] ?? 0) - range.from) / (range.to - range.from)
    this.#crosshair.style.left = `${FRAME.left + across * (this.#width - FRAME.left - FRAME.right)}px`
    this.#crosshair.style.top = `${FRAME.top}px`
    this.#crosshair.style.height = `${this.#options.height - FRAME.top - FRAME.bottom}px`
    this.#crosshair.hidden = across < 0 || across > 1
  }
}

function placeText({ steps, timesteps, values }: FlowGrid, { row, t }: Place): string {
  const step = steps[row]
  if (step === undefined) return 'no data yet'
  return `step ${formatCount(step)} · t = ${formatCount(t)} of ${formatCount(timesteps)} · norm ${normText(values[row * timesteps + t - 1] ?? MISSING)}`
}

function normText(log10Norm: number): string {
  if (log10Norm === MISSING) return 'not measured'
  const kind = specialKind(log10Norm)
  if (kind === 'zero') return 'exactly 0'
  return kind === undefined
    ? `10^${log10Norm.toFixed(2).replace('-', '−')} = ${formatValue(10 ** log10Norm)}`
    : formatValue(log10Norm)
}

function describe(label: string, { steps, timesteps }: FlowGrid): string {
  return `${label}: ${formatCount(steps.length)} training steps by ${formatCount(timesteps)} time steps. Arrow keys read values.`
}
