import { nearestIndex } from '../data/columns.ts'
import { element, setAttribute, setText } from '../dom/element.ts'
import { FlowRows } from '../data/flow_rows.ts'
import { onThemeChange } from '../theme.ts'
import { survey } from './flow_survey.ts'
import { chooseScale } from './colour_scale.ts'
import { queueDrawing } from './drawing_queue.ts'
import { FRAME, onWidth, type Area, type StepRange } from './frame.ts'
import { onDrag, type Box } from './drag.ts'
import { exportMenu } from './export_menu.ts'
import type { HeatMapData, HeatMapZoom } from './heatmap_data.ts'
import { buildHeatFigure, buildHeatSheet } from './heatmap_figure.ts'
import { drawAxes } from './heatmap_axes.ts'
import { drawLag, drawPinned, drawReach } from './heatmap_overlay.ts'
import { onPan } from './pan.ts'
import { paint, resample } from './heatmap_pixels.ts'
import { describe, placeText } from './heatmap_words.ts'
import type { StepCursor } from './step_cursor.ts'

export interface HeatMapOptions {
  readonly label: string
  readonly testId: string
  readonly height: number
  /** The training step that is pointed at, here or in other charts. A click pins it. */
  readonly cursor: StepCursor
  /** Receives the dragged range, or null for the whole. */
  readonly onZoom: (zoom: HeatMapZoom | null) => void
  /** Receives by which share of the shown steps to move them. */
  readonly onPan?: ((share: number) => void) | undefined
  readonly signal: AbortSignal
}

interface Place {
  readonly row: number
  readonly line: number
}

const NOTHING: HeatMapData = {
  grid: new FlowRows().grid('h'),
  range: { from: 0, to: 1 },
  timesteps: { from: 1, to: 1 },
  scale: chooseScale('shared', null),
  quantity: 'norm',
}

/** Draws log₁₀ norms over training step (x) and time step (y) in colour, from a grid. */
export class HeatMap {
  readonly root: HTMLElement
  readonly #options: HeatMapOptions
  readonly #place: HTMLElement = element('div', { class: 'readout readout-place' })
  readonly #canvas: HTMLCanvasElement = element('canvas')
  readonly #crosshair: HTMLElement = element('div', { class: 'crosshair' })
  readonly #stage: HTMLElement
  readonly #drawSoon: () => void
  #width = 0
  #data: HeatMapData = NOTHING
  /** The place that the pointer or the keys chose here. */
  #pointed: Place | null = null

  constructor(options: HeatMapOptions) {
    this.#options = options
    const { height, signal, testId, cursor } = options
    this.#drawSoon = queueDrawing(() => this.#drawNow(), signal)
    this.#stage = element(
      'div',
      { class: 'plot', attributes: { tabindex: '0', role: 'img', 'aria-label': options.label } },
      this.#canvas,
      this.#crosshair,
    )
    this.#stage.style.height = `${height}px`
    const size = () => {
      const { width, height: tall } = this.#area()
      return { width: width / devicePixelRatio, height: tall / devicePixelRatio }
    }
    const figure = () => buildHeatFigure(options.label, this.#data, size())
    const save = exportMenu({ title: options.label, figure, sheet: () => buildHeatSheet(this.#data) }, signal)
    this.root = element('div', { class: 'chart-body', testId }, save, this.#place, this.#stage)
    onThemeChange(this.#drawSoon, signal)
    onWidth(this.#stage, (width) => this.#resize(width), signal)
    cursor.listen((source) => this.#follow(source), signal)
    this.#stage.addEventListener('pointermove', (event) => this.#point(this.#placeAt(event)), { signal })
    this.#stage.addEventListener('pointerleave', () => this.#point(null), { signal })
    this.#stage.addEventListener('blur', () => this.#point(null), { signal })
    this.#stage.addEventListener('keydown', (event) => this.#onKey(event), { signal })
    this.#stage.addEventListener('dblclick', () => options.onZoom(null), { signal })
    if (options.onPan !== undefined) onPan(this.#stage, options.onPan, signal)
    const onClick = () => this.#pin(this.#pointed)
    onDrag(this.#stage, { onBox: (box) => options.onZoom(this.#toZoom(box)), onClick }, signal)
  }

  /** Draws it in one of the next frames. */
  draw(data: HeatMapData): void {
    this.#data = data
    this.#drawSoon()
  }

  #drawNow(): void {
    const data = this.#data
    const { grid, scale } = data
    const { counts, finite } = survey(grid.values)
    setAttribute(this.root, 'data-points', String(finite + counts.nan + counts.infinity + counts.zero))
    setAttribute(this.root, 'data-rows', String(grid.steps.length))
    setAttribute(this.root, 'data-timesteps', String(grid.lines.count))
    setAttribute(this.root, 'data-line-width', String(grid.lines.width))
    setAttribute(
      this.root,
      'data-reach-points',
      String(data.reach?.timesteps.filter((t) => !Number.isNaN(t)).length ?? 0),
    )
    setAttribute(this.#stage, 'aria-label', describe(this.#options.label, grid))
    if (this.#pointed !== null && this.#pointed.row >= grid.steps.length) this.#pointed = null
    this.#showPlace()
    const ctx = this.#canvas.getContext('2d')
    if (ctx === null || this.#width === 0) return
    ctx.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    const area = this.#area()
    if (grid.steps.length > 0) {
      const pixels = resample(grid, {
        ...data.range,
        timesteps: data.timesteps,
        width: area.width,
        height: area.height,
      })
      const image = ctx.createImageData(area.width, area.height)
      paint(pixels, scale, image.data)
      ctx.putImageData(image, area.left, area.top)
    }
    const view = { area, range: data.range, timesteps: data.timesteps }
    if (data.reach !== undefined) drawReach(ctx, data.reach, view)
    if (data.lag !== undefined) drawLag(ctx, data.lag, view)
    drawAxes(ctx, view)
    if (this.#options.cursor.pinned !== null) drawPinned(ctx, this.#options.cursor.pinned, view)
  }

  #resize(width: number): void {
    this.#width = width
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(this.#options.height * devicePixelRatio)
    this.#drawSoon()
  }

  /** The plotting area in device pixels. */
  #area(): Area {
    const scale = devicePixelRatio
    return {
      left: Math.round(FRAME.left * scale),
      top: Math.round(FRAME.top * scale),
      width: Math.max(1, Math.round((this.#width - FRAME.left - FRAME.right) * scale)),
      height: Math.max(1, Math.round((this.#options.height - FRAME.top - FRAME.bottom) * scale)),
    }
  }

  /** Shares of the plotting area, from the left and from below. */
  #sharesAt(left: number, top: number): { across: number; up: number } {
    const across = (left - FRAME.left) / (this.#width - FRAME.left - FRAME.right)
    return { across, up: 1 - (top - FRAME.top) / (this.#options.height - FRAME.top - FRAME.bottom) }
  }

  #placeAt({ clientX, clientY }: PointerEvent): Place | null {
    const { grid, range, timesteps } = this.#data
    const bounds = this.#stage.getBoundingClientRect()
    const { across, up } = this.#sharesAt(clientX - bounds.left, clientY - bounds.top)
    const row = nearestIndex(grid.steps, range.from + across * (range.to - range.from))
    if (across < 0 || across > 1 || up < 0 || up > 1 || row < 0) return null
    const { from, width, count } = grid.lines
    const line = Math.floor((timestepAt(timesteps, up) - from) / width)
    return { row, line: Math.min(count - 1, Math.max(0, line)) }
  }

  #toZoom({ left, top, width, height }: Box): HeatMapZoom {
    const { range, timesteps } = this.#data
    const low = this.#sharesAt(left, top + height)
    const high = this.#sharesAt(left + width, top)
    const [first, last] = [low.across, high.across].map((share) => Math.min(1, Math.max(0, share)))
    const stepAt = (share = 0) => range.from + share * (range.to - range.from)
    return {
      range: { from: stepAt(first), to: Math.max(stepAt(last), stepAt(first) + 1) },
      timesteps: { from: timestepAt(timesteps, low.up), to: timestepAt(timesteps, high.up) },
    }
  }

  #onKey(event: KeyboardEvent): void {
    const { steps, lines } = this.#data.grid
    if (steps.length === 0) return
    const { row, line } = this.#pointed ?? { row: steps.length - 1, line: lines.count - 1 }
    const stride = event.shiftKey ? 10 : 1
    const targets: Record<string, Place | null> = {
      ArrowLeft: { row: Math.max(0, row - stride), line },
      ArrowRight: { row: Math.min(steps.length - 1, row + stride), line },
      ArrowUp: { row, line: Math.min(lines.count - 1, line + stride) },
      ArrowDown: { row, line: Math.max(0, line - stride) },
      Escape: null,
    }
    const target = targets[event.key]
    if (event.key === 'Enter') this.#pin(this.#pointed)
    if (event.key === 'Escape') this.#options.cursor.pin(null)
    if (target === undefined) return
    event.preventDefault()
    this.#point(target)
  }

  /** Pins a row, or unpins the one that is. */
  #pin(place: Place | null): void {
    const { cursor } = this.#options
    const step = Math.round(this.#data.grid.steps[place?.row ?? -1] ?? Number.NaN)
    if (!Number.isNaN(step)) cursor.pin(cursor.pinned === step ? null : step)
  }

  #point(place: Place | null): void {
    this.#pointed = place
    this.#options.cursor.point(place === null ? null : (this.#data.grid.steps[place.row] ?? null), this)
    this.#showPlace()
  }

  /** Follows another chart; what is pinned is drawn. */
  #follow(source: unknown): void {
    if (source === this) return
    if (source === undefined) this.#drawSoon()
    const { pointed } = this.#options.cursor
    const row = pointed === null ? -1 : nearestIndex(this.#data.grid.steps, pointed)
    this.#pointed = row < 0 ? null : { row, line: this.#pointed?.line ?? this.#data.grid.lines.count - 1 }
    this.#showPlace()
  }

  #showPlace(): void {
    const { grid, range, quantity } = this.#data
    const { pinned } = this.#options.cursor
    const place = this.#pointed
    const row = pinned === null ? grid.steps.length - 1 : nearestIndex(grid.steps, pinned)
    setText(this.#place, placeText(grid, place ?? { row, line: 0 }, quantity))
    this.#crosshair.hidden = place === null
    if (place === null) return
    const across = ((grid.steps[place.row] ?? 0) - range.from) / (range.to - range.from)
    this.#crosshair.style.left = `${FRAME.left + across * (this.#width - FRAME.left - FRAME.right)}px`
    this.#crosshair.style.top = `${FRAME.top}px`
    this.#crosshair.style.height = `${this.#options.height - FRAME.top - FRAME.bottom}px`
    this.#crosshair.hidden = across < 0 || across > 1
  }
}

/** The time step at a share of the height. */
function timestepAt({ from, to }: StepRange, up: number): number {
  return Math.min(to, Math.max(from, from + Math.floor(up * (to - from + 1))))
}
