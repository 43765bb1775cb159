// One class: what uPlot draws, the cursor, the keys, the legend and the export of a chart share its data.

import uPlot from 'uplot'
import { countUpTo, nearestIndex, type Column, type Table } from '../data/columns.ts'
import { element, setAttribute } from '../dom/element.ts'
import { formatCount, formatRange } from '../format.ts'
import { onThemeChange } from '../theme.ts'
import { decimate, type Drawing } from './decimate.ts'
import { queueDrawing } from './drawing_queue.ts'
import { FRAME, onWidth, xTickCount, yTickCount, type StepRange } from './frame.ts'
import { lineAxes, seriesOptions, type LineSeries } from './line_options.ts'
import { drawBands, drawGuides, drawMarks, drawUprights, type Guide, type Upright } from './overlay.ts'
import { STEPS, type StepAxis } from './step_axis.ts'
import type { StepCursor } from './step_cursor.ts'
import { Legend, type LegendValue } from './legend.ts'
import { exportMenu } from './export_menu.ts'
import type { Figure } from './figure.ts'
import { buildLineFigure, buildSheet } from './line_figure.ts'
import { onPan } from './pan.ts'
import { placeSteps, readValue } from './line_values.ts'
import { linearTicks, logTicks, type Range } from './ticks.ts'
import { valueRange } from './value_range.ts'

export interface LineChartOptions {
  readonly label: string
  readonly testId: string
  readonly series: readonly LineSeries[]
  /** True for a log₁₀ axis. */
  readonly log: boolean
  readonly height: number
  /** The unit of the horizontal axis, such as `training step`, and its short form, such as `step`. */
  readonly axis: { readonly name: string; readonly unit: string }
  /** The training step that charts of a run point at together; a click pins it. @default none shared */
  readonly cursor?: StepCursor
  /** Receives the dragged range, or null for the whole. */
  readonly onZoom?: (range: StepRange | null) => void
  /** Receives by which share of the shown range to move it. */
  readonly onPan?: (share: number) => void
  readonly signal: AbortSignal
}

/** The content of a line chart. Columns without data are left out of the legend. */
export interface LineData {
  readonly table: Table
  readonly range: StepRange
  /** In values of the series; the chart converts them for a log axis. */
  readonly guides?: readonly Guide[]
  /** Lines from top to bottom, at steps. */
  readonly uprights?: readonly Upright[]
  /** Where steps are on the horizontal axis. @default evenly */
  readonly axis?: StepAxis
  /** True for a log₁₀ axis. @default as the chart was made */
  readonly log?: boolean
}

const NOTHING: LineData = { table: { steps: new Float64Array(0), columns: new Map() }, range: { from: 0, to: 1 } }
const NO_COLUMN: Column = { values: new Float64Array(0), present: new Uint8Array(0) }
const CLICK_PX = 4
/** A position that is not on a chart. */
const OUTSIDE = -10

/** Draws lines over steps from columns; it neither fetches nor averages. NaN and ±Infinity are marked. */
export class LineChart {
  readonly root: HTMLElement
  readonly #options: LineChartOptions
  /** In the order they are drawn. */
  readonly #series: readonly LineSeries[]
  readonly #readout: Legend
  readonly #stage: HTMLElement = element('div', { class: 'plot', attributes: { tabindex: '0', role: 'img' } })
  readonly #drawSoon: () => void
  #plot: uPlot | undefined
  #data: LineData = NOTHING
  #drawing: Drawing | undefined
  #values: Range = { min: 0, max: 1 }
  /** The row under the pointer, or -1. */
  #row = -1

  constructor(options: LineChartOptions) {
    this.#options = options
    this.#series = options.series.toSorted((a, b) => Number(b.below ?? false) - Number(a.below ?? false))
    this.#readout = new Legend(options.series)
    const { signal, label, testId, axis } = options
    this.#stage.style.height = `${options.height}px`
    this.#stage.setAttribute('aria-label', label) // until something is drawn
    this.#drawSoon = queueDrawing(() => this.#drawNow(), signal)
    const sheet = () =>
      buildSheet(this.#data.table, {
        series: options.series,
        range: this.#data.range,
        unit: axis.unit.replace(/ =$/, ''),
      })
    const save = exportMenu({ title: label, figure: () => this.#figure(), sheet }, signal)
    this.root = element('div', { class: 'chart-body', testId }, save, this.#readout.root, this.#stage)
    onWidth(this.#stage, (width) => this.#resize(width), signal)
    onThemeChange(() => this.#plot?.redraw(), signal)
    const readSoon = queueDrawing(() => this.#readValues(), signal)
    options.cursor?.listen((source) => {
      if (source === this) return
      this.#follow(source)
      readSoon()
    }, signal)
    this.#stage.addEventListener('keydown', (event) => this.#onKey(event), { signal })
    this.#stage.addEventListener('blur', () => this.#point(-1), { signal })
    if (options.onPan !== undefined) onPan(this.#stage, options.onPan, signal)
    signal.addEventListener('abort', () => this.#plot?.destroy(), { once: true })
  }

  /** Draws it in one of the next frames. */
  draw(data: LineData): void {
    this.#data = data
    this.#drawSoon()
  }

  #drawNow(): void {
    const plot = this.#plot
    if (plot === undefined) return
    const { table, range, guides = [], axis } = this.#data
    const series = this.#series.map(({ name, sparse = false }) => ({ column: this.#column(name), sparse }))
    const { from, to, places } = placeSteps(table.steps, range, axis)
    this.#drawing = decimate(places, series, { from, to, pixels: plot.bbox.width, log: this.#isLog })
    this.#values = valueRange(this.#drawing, { guides: this.#axisGuides(guides), log: this.#isLog })
    plot.setData([this.#drawing.x, ...this.#drawing.y] as uPlot.AlignedData)
    this.#describe()
  }

  /** The chart as it is drawn. */
  #figure(): Figure | undefined {
    const [plot, drawing] = [this.#plot, this.#drawing]
    if (plot === undefined || drawing === undefined) return undefined
    const { label, height, axis } = this.#options
    const [from, to] = this.#span()
    const rows = yTickCount(height - FRAME.top - FRAME.bottom)
    return buildLineFigure({
      title: label,
      plot,
      drawing,
      series: this.#series,
      guides: this.#axisGuides(this.#data.guides ?? []),
      uprights: this.#uprights(),
      names: { x: this.#data.axis?.name ?? axis.name, y: '' },
      ticks: {
        x: this.#axis.ticks({ min: from, max: to }, xTickCount(plot.over.clientWidth)),
        y: (this.#isLog ? logTicks : linearTicks)(this.#values, rows),
      },
    })
  }

  #column(name: string): Column {
    const { columns, steps } = this.#data.table
    const column = columns.get(name)
    return column ?? (steps.length === 0 ? NO_COLUMN : { ...NO_COLUMN, present: new Uint8Array(steps.length) })
  }

  #axisGuides(guides: readonly Guide[]): Guide[] {
    return guides.map((guide) => (this.#isLog ? { ...guide, at: Math.log10(guide.at) } : guide))
  }

  get #isLog(): boolean {
    return this.#data.log ?? this.#options.log
  }

  get #axis(): StepAxis {
    return this.#data.axis ?? STEPS
  }

  #resize(width: number): void {
    const { height } = this.#options
    if (this.#plot === undefined) this.#plot = this.#createPlot(width)
    else this.#plot.setSize({ width, height })
    this.#drawSoon()
  }

  /** A press without a drag is a click. */
  #createPlot(width: number): uPlot {
    const plot = new uPlot(this.#plotOptions(width), [[]], this.#stage)
    const { signal } = this.#options
    let pressedAt = Number.NaN
    plot.over.addEventListener('pointerdown', ({ clientX }) => (pressedAt = clientX), { signal })
    const release = ({ clientX }: PointerEvent) => {
      if (Math.abs(clientX - pressedAt) < CLICK_PX) this.#pin()
    }
    plot.over.addEventListener('pointerup', release, { signal })
    return plot
  }

  #plotOptions(width: number): uPlot.Options {
    const { height, axis, onZoom } = this.#options
    return {
      width,
      height,
      padding: [FRAME.top, FRAME.right, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => this.#span() },
        y: { range: () => [this.#values.min, this.#values.max] },
      },
      axes: lineAxes({
        isLog: () => this.#isLog,
        height,
        name: () => this.#data.axis?.name ?? axis.name,
        ticks: (range, count) => this.#axis.ticks(range, count),
      }),
      series: [{}, ...this.#series.map(seriesOptions)],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: onZoom !== undefined, y: false, setScale: false, dist: CLICK_PX },
        bind: { dblclick: () => () => (onZoom?.(null), null) },
      },
      hooks: {
        setCursor: [(plot) => this.#onCursor(plot)],
        setSelect: [(plot) => this.#onSelect(plot)],
        drawAxes: [
          (plot) => {
            for (const [index, { colour }] of this.#series.entries())
              drawBands(plot, this.#drawing?.bands[index] ?? [], colour)
          },
        ],
        draw: [
          (plot) => {
            drawUprights(plot, this.#uprights())
            drawGuides(plot, this.#axisGuides(this.#data.guides ?? []))
            drawMarks(plot, this.#drawing?.marks ?? [])
          },
        ],
      },
    }
  }

  #span(): [from: number, to: number] {
    const { toX } = this.#axis
    const { from, to } = this.#data.range
    return [toX(from), Math.max(toX(to), toX(from) + Number.EPSILON)]
  }

  /** What is pinned is drawn as well. */
  #uprights(): Upright[] {
    const { uprights = [] } = this.#data
    const pinned = this.#options.cursor?.pinned ?? null
    const { toX } = this.#axis
    const all: Upright[] =
      pinned === null ? [...uprights] : [...uprights, { step: pinned, colour: '--text', label: 'pinned' }]
    return all.map((upright) => ({ ...upright, step: toX(upright.step) }))
  }

  /** The pointer moved over this chart, or a key was pressed. */
  #onCursor(plot: uPlot): void {
    const left = plot.cursor.left ?? -1
    const step = left < 0 ? null : this.#axis.toStep(plot.posToVal(left, 'x'))
    this.#row = step === null ? -1 : nearestIndex(this.#data.table.steps, step)
    this.#readValues()
    this.#options.cursor?.point(step, this)
  }

  /** Follows the pointer over another chart; what is pinned is drawn. */
  #follow(source: unknown): void {
    const { cursor } = this.#options
    const plot = this.#plot
    if (cursor === undefined || plot === undefined) return
    if (source === undefined) plot.redraw(false)
    const step = cursor.pointed
    const left = step === null ? OUTSIDE : plot.valToPos(this.#axis.toX(step), 'x')
    plot.setCursor({ left, top: left < 0 ? OUTSIDE : 1 }, false)
    this.#row = step === null ? -1 : nearestIndex(this.#data.table.steps, step)
  }

  #onSelect(plot: uPlot): void {
    const { left, width } = plot.select
    if (width < CLICK_PX) return
    const { toStep } = this.#axis
    const range = { from: toStep(plot.posToVal(left, 'x')), to: toStep(plot.posToVal(left + width, 'x')) }
    clearSelection(plot)
    this.#options.onZoom?.(range)
  }

  #onKey(event: KeyboardEvent): void {
    const { steps } = this.#data.table
    const shown = {
      first: countUpTo(steps, this.#data.range.from - 0.5),
      last: countUpTo(steps, this.#data.range.to) - 1,
    }
    const from = this.#row < 0 ? shown.last : this.#row
    const stride = event.shiftKey ? Math.max(1, Math.round((shown.last - shown.first) / 10)) : 1
    const targets: Record<string, number> = {
      ArrowLeft: from - stride,
      ArrowRight: from + stride,
      Home: shown.first,
      End: shown.last,
      Escape: -1,
    }
    if (event.key === 'Enter') this.#pin()
    const target = targets[event.key]
    if (target === undefined || steps.length === 0) return
    event.preventDefault()
    this.#point(target < 0 ? target : Math.min(shown.last, Math.max(shown.first, target)))
  }

  /** Pins the step that is pointed at, or unpins it. */
  #pin(): void {
    const { cursor } = this.#options
    if (cursor === undefined || cursor.pointed === null) return
    const step = Math.round(cursor.pointed)
    cursor.pin(cursor.pinned === step ? null : step)
  }

  #point(row: number): void {
    const step = this.#data.table.steps[row]
    const left = step === undefined ? OUTSIDE : (this.#plot?.valToPos(this.#axis.toX(step), 'x') ?? OUTSIDE)
    this.#plot?.setCursor({ left, top: left < 0 ? OUTSIDE : 1 }, true)
  }

  #describe(): void {
    const { series, label } = this.#options
    const { points = [], counts } = this.#drawing ?? {}
    const [main] = series
    for (const [index, { name }] of this.#series.entries()) {
      const drawn = points[index] ?? 0
      this.#readout.toggle(name, name === main?.name || drawn > 0)
      setAttribute(this.root, `data-points-${name.replaceAll(/[_/]/g, '-')}`, String(drawn))
      if (name !== main?.name) continue
      setAttribute(this.root, 'data-points', String(drawn))
      setAttribute(this.#stage, 'aria-label', `${label}: ${formatCount(drawn)} points. Arrow keys read values.`)
    }
    if (counts !== undefined) this.#readout.countMarks(counts)
    const marked = Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)
    setAttribute(this.root, 'data-nonfinite', String(marked))
    this.#readValues()
  }

  #readValues(): void {
    const { steps } = this.#data.table
    const row = this.#row >= 0 && this.#row < steps.length ? this.#row : steps.length - 1
    const step = steps[row]
    if (step === undefined) return this.#readout.show('no data yet', new Map())
    const values = new Map<string, LegendValue>()
    for (const { name, sparse = false } of this.#series) {
      const value = readValue(this.#column(name), { steps, row, sparse })
      if (value !== undefined) values.set(name, value)
    }
    const first = this.#column(this.#options.series[0]?.name ?? '').spread?.first[row] ?? step
    const unit = `${this.#options.axis.unit}${first < step ? 's' : ''}`
    const at = this.#data.axis === undefined ? '' : ` · ${this.#data.axis.format(this.#data.axis.toX(step))}`
    this.#readout.show(`${unit} ${formatRange(first, step)}${at}`, values)
  }
}

function clearSelection(plot: uPlot): void {
  if (plot.select.width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}
