import { exportMenu } from '../../charts/export_menu.ts'
import type { Figure, Sheet } from '../../charts/figure.ts'
import { fitFigure, renderFigure } from '../../charts/figure_view.ts'
import { onWidth } from '../../charts/frame.ts'
import { describeField, listMeasured, rateField, type Measured } from '../../data/sweep_importance.ts'
import { listChangedFields } from '../../data/sweep_order.ts'
import { element, setAttribute } from '../../dom/element.ts'
import { onThemeChange } from '../../theme.ts'
import type { Sweep } from '@unroll/client'
import { chartPanel } from '../shared/chart_panel.ts'
import { fieldWords, parallelFigure, scatterFigure } from './sweep_figures.ts'

const PARALLEL_HEIGHT = 260
const SCATTER_HEIGHT = 190

/** What a sweep has found out: which field matters, its runs over all fields, and the objective against each. */
export class SweepCharts {
  readonly root: HTMLElement
  readonly #signal: AbortSignal
  readonly #importance: HTMLElement = element('tbody', { testId: 'sweep-importance' })
  readonly #parallel: FigurePlace
  readonly #scatters: HTMLElement = element('div', { class: 'small-charts', testId: 'sweep-scatters' })
  readonly #places = new Map<string, FigurePlace>()
  #shown = ''

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#parallel = new FigurePlace('sweep-parallel', 'Runs by the fields they differ in', signal)
    this.root = element(
      'div',
      { class: 'sweep-charts' },
      chartPanel(
        { title: 'Runs', note: 'a line for each run, dark for the best; red for an objective that is not finite' },
        this.#parallel.root,
      ),
      chartPanel(
        {
          title: 'Importance',
          note: 'share of the order of the runs that a field alone explains: ρ² of ranks for numbers, η² for others',
        },
        element('table', { class: 'classes' }, this.#importance),
      ),
      chartPanel({ title: 'Objective by field' }, this.#scatters),
    )
    this.root.hidden = true
  }

  /** Draws again only if a run has a new value. */
  show(sweep: Sweep): void {
    const rung = Math.max(0, ...listMeasured(sweep).map((run) => run.rung))
    const runs = listMeasured(sweep).filter((run) => run.rung === rung || !continues(sweep, run))
    const news = JSON.stringify(runs)
    this.root.hidden = runs.length < 2
    if (news === this.#shown || runs.length < 2) return
    this.#shown = news
    const { metric, goal } = sweep.objective
    const fields = listChangedFields(sweep).map((field) => describeField(field, sweep.runs))
    const sheet = (): Sheet =>
      toSheet(
        fields.map(({ field }) => field),
        runs,
        metric,
      )
    this.#parallel.show(
      (width) => parallelFigure(fields, runs, { width, height: PARALLEL_HEIGHT, metric, goal }),
      sheet,
    )
    this.#scatters.replaceChildren(
      ...fields.map((field) => {
        const known = this.#places.get(field.field)
        const place = known ?? new FigurePlace('sweep-scatter', `${metric} by ${fieldWords(field.field)}`, this.#signal)
        this.#places.set(field.field, place)
        place.show((width) => scatterFigure(field, runs, { width, height: SCATTER_HEIGHT, metric }), sheet)
        return place.root
      }),
    )
    const rated = fields
      .map((field) => ({ field: field.field, share: rateField(field, runs) }))
      .toSorted((a, b) => (b.share ?? -1) - (a.share ?? -1))
    this.#importance.replaceChildren(...rated.map(importanceRow))
  }
}

/** Whether a trial has a run of a later rung, which stands for it. */
function continues({ runs }: Sweep, { trial, rung }: Measured): boolean {
  return runs.some((other) => other.trial === trial && other.rung > rung && other.value !== null)
}

function importanceRow({ field, share }: { field: string; share: number | null }): HTMLElement {
  const bar = element('span', { class: 'bar-across' })
  bar.style.setProperty('--share', String(share ?? 0))
  return element(
    'tr',
    {},
    element('th', { text: fieldWords(field), attributes: { scope: 'row' } }),
    element('td', { class: 'bar-cell' }, bar),
    element('td', { class: 'number', text: share === null ? 'too few runs' : `${Math.round(share * 100)} %` }),
  )
}

function toSheet(fields: readonly string[], runs: readonly Measured[], metric: string): Sheet {
  const columns = ['trial', 'rung', ...fields.map(fieldWords), metric]
  return {
    columns,
    rows: runs.map(({ trial, rung, changes, objective }) => [
      trial,
      rung,
      ...fields.map((field) => toCell(changes[field])),
      objective,
    ]),
  }
}

function toCell(value: unknown): number | string | null {
  if (typeof value === 'number' || typeof value === 'string') return value
  return value === undefined ? null : JSON.stringify(value)
}

/** A figure on the page, as wide as its place. */
class FigurePlace {
  readonly root: HTMLElement
  readonly #stage: HTMLElement = element('div', { class: 'figure-stage' })
  #width = 0
  #build: (width: number) => Figure = () => EMPTY
  #sheet: () => Sheet = () => ({ columns: [], rows: [] })

  constructor(testId: string, title: string, signal: AbortSignal) {
    const figure = () => (this.#width === 0 ? undefined : this.#build(this.#width))
    const save = exportMenu({ title, figure, sheet: () => this.#sheet() }, signal)
    this.root = element('div', { class: 'chart-body figure-place', testId }, save, this.#stage)
    onThemeChange(() => this.#draw(), signal)
    const resized = (width: number) => {
      this.#width = fitFigure(width)
      this.#draw()
    }
    onWidth(this.#stage, resized, signal)
  }

  show(build: (width: number) => Figure, sheet: () => Sheet): void {
    this.#build = build
    this.#sheet = sheet
    this.#draw()
  }

  #draw(): void {
    if (this.#width === 0) return
    const figure = this.#build(this.#width)
    setAttribute(this.root, 'data-runs', String(figure.shapes.filter((shape) => 'href' in shape).length))
    this.#stage.replaceChildren(renderFigure(figure))
  }
}

const EMPTY: Figure = {
  title: '',
  width: 1,
  height: 1,
  x: { name: '', ticks: [] },
  y: { name: '', ticks: [] },
  shapes: [],
  legend: [],
}
