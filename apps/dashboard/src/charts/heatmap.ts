import { nearestIndex } from '../data/columns.ts'
import { element, setAttribute, setText } from '../dom/element.ts'
import { FlowRows, type FlowGrid } from '../data/flow_rows.ts'
import { onThemeChange } from '../theme.ts'
import { ColourBar } from './colour_bar.ts'
import { survey } from './colour_map.ts'
import { FRAME, onWidth, type StepRange } from './frame.ts'
import { onDrag, type Box } from './drag.ts'
import { drawAxes } from './heatmap_axes.ts'
import { paint, resample } from './heatmap_pixels.ts'
import { describe, placeText } from './heatmap_words.ts'

export interface HeatMapOptions {
  readonly label: string
  readonly testId: string
  readonly height: number
  /** Receives the row under the pointer, or -1. */
  readonly onRow: (row: number) => void
  /** Receives the dragged range, or null for the whole. */
  readonly onZoom: (zoom: HeatMapZoom | null) => void
  readonly signal: AbortSignal
}

export interface HeatMapZoom {
  readonly range: StepRange
  readonly timesteps: StepRange
}

export interface HeatMapData extends HeatMapZoom {
  readonly grid: FlowGrid
}

interface Place {
  readonly row: number
  readonly line: number
}

const NOTHING: HeatMapData = {
  grid: new FlowRows().grid('h'),
  range: { from: 0, to: 1 },
  timesteps: { from: 1, to: 1 },
}

/** Draws log₁₀ norms over training step (x) and time step (y) in colour, from a grid. */
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
    this.#stage.addEventListener('dblclick', () => options.onZoom(null), { signal })
    onDrag(this.#stage, (box) => options.onZoom(this.#toZoom(box)), signal)
  }

  draw(data: HeatMapData): void {
    this.#data = data
    const { grid } = data
    const { decades, counts, finite } = survey(grid.values)
    this.#bar.show(decades, grid.counts)
    setAttribute(this.root, 'data-points', String(finite + counts.nan + counts.infinity + counts.zero))
    setAttribute(this.root, 'data-rows', String(grid.steps.length))
    setAttribute(this.root, 'data-timesteps', String(grid.lines.count))
    setAttribute(this.root, 'data-line-width', String(grid.lines.width))
    setAttribute(this.#stage, 'aria-label', describe(this.#options.label, grid))
    this.#point(this.#pointed !== null && this.#pointed.row < grid.steps.length ? this.#pointed : null)
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
      paint(pixels, decades ?? { min: -1, max: 0 }, image.data)
      ctx.putImageData(image, area.left, area.top)
    }
    drawAxes(ctx, { area, range: data.range, timesteps: data.timesteps })
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
    const targets: Record<string, Place | null> = {
      ArrowLeft: { row: Math.max(0, row - 1), line },
      ArrowRight: { row: Math.min(steps.length - 1, row + 1), line },
      ArrowUp: { row, line: Math.min(lines.count - 1, line + 1) },
      ArrowDown: { row, line: Math.max(0, line - 1) },
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
    const shown = place ?? { row: grid.steps.length - 1, line: 0 }
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

/** The time step at a share of the height. */
function timestepAt({ from, to }: StepRange, up: number): number {
  return Math.min(to, Math.max(from, from + Math.floor(up * (to - from + 1))))
}
