import type { StepRange } from '../../charts/frame.ts'
import { StepCursor } from '../../charts/step_cursor.ts'
import { LineChart, type LineChartOptions } from '../../charts/line.ts'
import type { LineSeries } from '../../charts/line_options.ts'
import type { Columns } from '../../data/columns.ts'
import { differences, mergeSeries } from '../../data/comparison.ts'
import type { ViewContext } from '../../context.ts'
import { element } from '../../dom/element.ts'
import { metricsSource } from '../../data/feed.ts'
import { jobHref } from '../../router.ts'
import { SERIES_COLOURS, type ThemeColour } from '../../theme.ts'
import { Zoomed } from '../../data/zoomed.ts'
import type { Job, SeriesName } from '@unroll/client'
import { chartPanel, oncePerFrame } from '../shared/chart_panel.ts'
import { nullIfMissing } from '../shared/missing_page.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { errorWords } from '../shared/words.ts'

const HEIGHT = 300
const AXIS = { name: 'training step', unit: 'step' }

/** Runs are distinguished by colour, so that their number is bounded by that of the colours. */
export const MOST_RUNS: number = SERIES_COLOURS.length

const CHARTS: readonly { series: SeriesName; title: string; testId: string; log: boolean; note?: string }[] = [
  { series: 'loss', title: 'Loss', testId: 'compare-loss', log: false },
  { series: 'evaluation_loss', title: 'Evaluation loss', testId: 'compare-evaluation', log: false },
  { series: 'grad_norm', title: 'Gradient norm', testId: 'compare-norm', log: true, note: 'before clipping, log axis' },
]

/** Several runs on the same charts, and the differences of their specifications. */
export function showComparison(root: HTMLElement, context: ViewContext, ids: readonly string[]): void {
  document.title = 'Compare · Unroll'
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the jobs …' }))
  const load = async () => {
    const jobs = await Promise.all(
      ids.slice(0, MOST_RUNS).map((id) => context.client.jobs.get(id).catch(nullIfMissing)),
    )
    const found = jobs.filter((job) => job !== null)
    if (context.signal.aborted) return
    const words = `${found.length} runs${found.length < ids.length ? `, of ${ids.length} asked for` : ''}`
    const head = element('h1', { text: `Compare ${words}`, testId: 'compare-title' })
    root.replaceChildren(head, settings(found), ...new Comparison(context, found).roots)
  }
  load().catch((error: unknown) => root.replaceChildren(element('p', { class: 'fault', text: errorWords(error) })))
}

class Comparison {
  readonly roots: readonly HTMLElement[]
  readonly #runs: readonly { id: string; run: Zoomed<Columns> }[]
  readonly #charts: readonly { series: SeriesName; chart: LineChart }[]
  readonly #draw: () => void
  #zoom: StepRange | null = null

  constructor(context: ViewContext, jobs: readonly Job[]) {
    const { signal } = context
    this.#draw = oncePerFrame(() => this.#drawNow(), signal)
    this.#runs = jobs.map(({ id }) => ({ id, run: new Zoomed(context, metricsSource(id), this.#draw) }))
    const lines: LineSeries[] = jobs.map(({ id, name }, at) => ({
      name: id,
      label: name,
      colour: pickColour(at),
      sparse: true,
    }))
    const cursor = new StepCursor()
    const onZoom = (range: StepRange | null) => {
      this.#zoom = range
      for (const { run } of this.#runs) run.zoomTo(range)
      this.#draw()
    }
    const panels = CHARTS.map(({ series, title, testId, log, note }) => {
      const dots = series === 'evaluation_loss'
      const options: LineChartOptions = {
        label: `${title} of ${jobs.length} runs by training step`,
        testId,
        log,
        series: lines.map((line) => ({ ...line, dots })),
        height: HEIGHT,
        axis: AXIS,
        cursor,
        onZoom,
        signal,
      }
      const chart = new LineChart(options)
      return { series, chart, panel: chartPanel({ title, ...(note !== undefined && { note }) }, chart.root) }
    })
    this.#charts = panels
    this.roots = panels.map(({ panel }) => panel)
  }

  #drawNow(): void {
    const last = Math.max(2, ...this.#runs.map(({ run }) => run.whole.lastStep))
    for (const { series, chart } of this.#charts) {
      const parts = this.#runs.map(({ id, run: { shown } }) => ({
        name: id,
        steps: shown.steps,
        column: shown.column(series),
      }))
      chart.draw({ table: mergeSeries(parts), range: this.#zoom ?? { from: 1, to: last } })
    }
  }
}

function pickColour(at: number): ThemeColour {
  return SERIES_COLOURS[at % SERIES_COLOURS.length] ?? '--series-1'
}

/** The runs side by side: their state, and the fields of their specifications that differ. */
function settings(jobs: readonly Job[]): HTMLElement {
  const heads = jobs.map(({ id, name }, at) => {
    const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
    swatch.style.setProperty('--swatch', `var(${pickColour(at)})`)
    return element(
      'th',
      { attributes: { scope: 'col' } },
      swatch,
      ' ',
      element('a', { text: name, attributes: { href: jobHref(id) } }),
    )
  })
  const states = jobs.map((job) => {
    const badge = statusBadge()
    showStatus(badge, job)
    return element('td', {}, badge)
  })
  const fields = differences(jobs.map(({ spec }) => spec))
  const rows = fields.map(({ path, values }) =>
    row(
      path,
      values.map((value) => element('td', { text: value === undefined ? '–' : String(value) })),
    ),
  )
  const head = element('tr', {}, element('td'), ...heads)
  const table = element(
    'table',
    { class: 'settings', testId: 'compare-settings' },
    element('thead', {}, head),
    element('tbody', {}, row('status', states), ...rows),
  )
  const note = fields.length === 0 ? 'the specifications are the same' : 'what the specifications differ in'
  const scrolled = element('div', { class: 'scrolled', attributes: { tabindex: '0' } }, table)
  return chartPanel({ title: 'Settings', note }, scrolled)
}

function row(name: string, cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', {}, element('th', { text: name, attributes: { scope: 'row' } }), ...cells)
}
