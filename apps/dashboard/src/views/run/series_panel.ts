import { queueDrawing } from '../../charts/drawing_queue.ts'
import type { StepRange } from '../../charts/frame.ts'
import { LineChart } from '../../charts/line.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import type { Column, Columns } from '../../data/columns.ts'
import { metricsSource } from '../../data/feed.ts'
import { HALF_LIFE, keptBy, type SeriesChart, type SeriesGroup } from '../../data/series_charts.ts'
import { Zoomed } from '../../data/zoomed.ts'
import { element, setAttribute } from '../../dom/element.ts'
import type { Job } from '@unroll/client'

const HEIGHT = 170
const POINTS = 500
const AXIS = { name: 'training step', unit: 'step' }
/** How far below the view charts are read already. */
const AHEAD = '600px'

export interface SeriesPanelOptions {
  readonly title: string
  readonly testId: string
  /** Names of the series to read, with `prefix*` for all that begin so. */
  readonly series: readonly string[]
  /** The charts of those that are measured. */
  readonly plan: (names: readonly string[]) => readonly SeriesGroup[]
  readonly cursor: StepCursor
  readonly onZoom: (range: StepRange | null) => void
  readonly onPan: (share: number) => void
}

/** Small charts of the series that a run measures, over the same steps as its other charts. Hidden while there are none. */
export class SeriesPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #job: Job
  readonly #options: SeriesPanelOptions
  readonly #body: HTMLElement = element('div', { class: 'series-groups' })
  readonly #charts = new Map<string, { plan: SeriesChart; chart: LineChart }>()
  readonly #draw: () => void
  #run: Zoomed<Columns> | undefined
  #range: StepRange | undefined
  #isPart = false
  #planned = ''

  constructor(context: ViewContext, job: Job, options: SeriesPanelOptions) {
    this.#context = context
    this.#job = job
    this.#options = options
    this.#draw = queueDrawing(() => this.#drawNow(), context.signal)
    const { title, testId } = options
    this.root = element(
      'section',
      { class: 'panel series-panel', testId, attributes: { 'aria-label': title } },
      element('div', { class: 'section-head' }, element('h2', { text: title })),
      this.#body,
    )
    setAttribute(this.root, 'data-empty', 'true')
    this.#readOnceNear()
  }

  /** Shows a range of training steps, which is the whole run or a part of it. */
  showRange({ isPart, ...range }: StepRange & { isPart: boolean }): void {
    if (range.from === this.#range?.from && range.to === this.#range.to && isPart === this.#isPart) return
    if (isPart || this.#isPart) this.#run?.zoomTo(isPart ? range : null)
    this.#range = range
    this.#isPart = isPart
    this.#draw()
  }

  /** Many series are read only by who comes near them. */
  #readOnceNear(): void {
    const { signal } = this.#context
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return
        observer.disconnect()
        const source = metricsSource(this.#job.id, { series: this.#options.series, points: POINTS })
        this.#run = new Zoomed(this.#context, source, this.#draw)
        if (this.#isPart && this.#range !== undefined) this.#run.zoomTo(this.#range)
      },
      { rootMargin: AHEAD },
    )
    observer.observe(this.root)
    signal.addEventListener('abort', () => observer.disconnect(), { once: true })
  }

  #drawNow(): void {
    const run = this.#run
    if (run === undefined) return
    const columns = new Map(run.shown.columns)
    const names = [...run.whole.columns].flatMap(([name, column]) => (isTold(name, column) ? [name] : []))
    for (const { of, keepsRest } of keptBy(this.#job.spec.model.cell, names)) {
      const gate = columns.get(`gate/${of}`)
      if (gate !== undefined) columns.set(`${HALF_LIFE}/${of}`, halfLife(gate, keepsRest))
    }
    this.#plan(names)
    const { firstStep, lastStep } = run.whole
    const range = this.#range ?? { from: firstStep, to: Math.max(lastStep, firstStep + 1) }
    const table = { steps: run.shown.steps, columns }
    for (const { plan, chart } of this.#charts.values()) chart.draw({ table, range, guides: plan.guides ?? [] })
  }

  /** Charts stay as long as the same series are measured. */
  #plan(names: readonly string[]): void {
    const planned = names.join(' ')
    if (planned === this.#planned) return
    this.#planned = planned
    const groups = this.#options.plan(names)
    const sections = groups.map(({ title, note = '', charts }) => {
      const small = element('div', { class: 'small-charts' }, ...charts.map((chart) => this.#chart(chart)))
      if (title === '') return small
      const head = element('h3', {}, title, element('span', { class: 'quiet', text: ` ${note}` }))
      return element('section', { class: 'block', attributes: { 'aria-label': title } }, head, small)
    })
    this.#body.replaceChildren(...sections)
    setAttribute(this.root, 'data-empty', String(groups.length === 0))
    setAttribute(this.root, 'data-charts', String(groups.reduce((sum, { charts }) => sum + charts.length, 0)))
  }

  #chart(plan: SeriesChart): HTMLElement {
    const known = this.#charts.get(plan.key)
    const isSame = known !== undefined && known.plan.series.length === plan.series.length
    const chart = isSame
      ? known.chart
      : new LineChart({
          label: plan.title,
          testId: `chart-${plan.key}`,
          series: plan.series,
          log: plan.log,
          height: HEIGHT,
          axis: AXIS,
          cursor: this.#options.cursor,
          onZoom: this.#options.onZoom,
          onPan: this.#options.onPan,
          signal: this.#context.signal,
        })
    this.#charts.set(plan.key, { plan, chart })
    return element('figure', {}, element('figcaption', { text: plan.title }), chart.root)
  }
}

/** Whether a series says something: counts of dropped updates do once there are any. */
function isTold(name: string, { values, present }: Column): boolean {
  return name.startsWith('updates_') ? values.some((value) => value > 0) : present.includes(1)
}

/** Steps after which half is left of what a share keeps at each step. */
export function halfLife({ values, present }: Column, keepsRest: boolean): Column {
  return { values: values.map((value) => -Math.LN2 / Math.log(keepsRest ? 1 - value : value)), present }
}
