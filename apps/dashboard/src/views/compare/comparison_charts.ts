import { queueDrawing } from '../../charts/drawing_queue.ts'
import { FRAME, type StepRange } from '../../charts/frame.ts'
import { LineChart } from '../../charts/line.ts'
import type { LineSeries } from '../../charts/line_options.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import type { Columns } from '../../data/columns.ts'
import { mergeSeries, type RunSeries } from '../../data/comparison.ts'
import { metricsSource } from '../../data/feed.ts'
import { groupRepeats, mergeRepeats } from '../../data/runs_bands.ts'
import { Zoomed } from '../../data/zoomed.ts'
import type { SeriesName } from '@unroll/client'
import { chartPanel } from '../shared/chart_panel.ts'
import type { CompareView, ComparedRun } from './compared_runs.ts'

const HEIGHT = 280
const AXIS = { name: 'training step', unit: 'step' }

const CHARTS: readonly { series: SeriesName; title: string; testId: string; log: boolean; note?: string }[] = [
  { series: 'loss', title: 'Loss', testId: 'compare-loss', log: false },
  { series: 'evaluation_loss', title: 'Evaluation loss', testId: 'compare-evaluation', log: false },
  { series: 'grad_norm', title: 'Gradient norm', testId: 'compare-norm', log: true, note: 'before clipping, log axis' },
  {
    series: 'grad_norm_clipped',
    title: 'Gradient norm after clipping',
    testId: 'compare-norm-clipped',
    log: true,
    note: 'log axis',
  },
]

/** Some series of several runs, a chart for each series and a line for each run. */
export class ComparisonCharts {
  readonly roots: readonly HTMLElement[]
  readonly #view: CompareView
  readonly #runs: readonly { id: string; run: Zoomed<Columns> }[]
  readonly #groups: readonly (readonly number[])[]
  readonly #charts: readonly { series: SeriesName; chart: LineChart; log: boolean }[]
  readonly #onRange: (range: StepRange) => void

  /** @param onRange receives the range of steps that is drawn */
  constructor(
    context: ViewContext,
    { runs, view, cursor }: { runs: readonly ComparedRun[]; view: CompareView; cursor: StepCursor },
    onRange: (range: StepRange) => void,
  ) {
    const { signal } = context
    this.#view = view
    this.#onRange = onRange
    this.#groups = groupRepeats(runs.map(({ job }) => job.spec))
    const draw = queueDrawing(() => this.#drawNow(), signal)
    this.#runs = runs.map(({ job: { id } }) => {
      const run = new Zoomed(context, metricsSource(id), draw)
      run.zoomTo(view.choice.steps)
      return { id, run }
    })
    view.onChange(({ steps }, before) => {
      if (steps !== before.steps) for (const { run } of this.#runs) run.zoomTo(steps)
      draw()
    })
    const lines: LineSeries[] = runs.map(({ job: { id, name }, colour }) => ({
      name: id,
      label: name,
      colour,
      sparse: true,
    }))
    const onZoom = (steps: StepRange | null) => view.change({ steps })
    const panels = CHARTS.map(({ series, title, testId, log, note }) => {
      const dots = series === 'evaluation_loss'
      const chart = new LineChart({
        label: `${title} of ${runs.length} runs by training step`,
        testId,
        log,
        series: lines.map((line) => ({ ...line, dots })),
        height: HEIGHT - FRAME.top,
        axis: AXIS,
        cursor,
        onZoom,
        signal,
      })
      return { series, chart, log, panel: chartPanel({ title, ...(note !== undefined && { note }) }, chart.root) }
    })
    this.#charts = panels
    this.roots = panels.map(({ panel }) => panel)
  }

  /** Whether some runs differ in their seed alone. */
  get hasRepeats(): boolean {
    return this.#groups.some((group) => group.length > 1)
  }

  #drawNow(): void {
    const { steps, logLoss } = this.#view.choice
    const last = Math.max(2, ...this.#runs.map(({ run }) => run.whole.lastStep))
    const range = steps ?? { from: 1, to: last }
    this.#onRange(range)
    for (const { series, chart, log } of this.#charts)
      chart.draw({ table: mergeSeries(this.#parts(series)), range, log: log || logLoss })
  }

  /** A line for each shown run, or for each group of shown repeats. */
  #parts(series: SeriesName): RunSeries[] {
    const { hidden, hasBands } = this.#view.choice
    const groups = hasBands ? this.#groups : this.#runs.map((_, at) => [at])
    return groups.flatMap((group) => {
      const shown = group.flatMap((at) => {
        const run = this.#runs[at]
        return run === undefined || hidden.has(run.id) ? [] : [run]
      })
      const parts = shown.map(({ id, run: { shown: rows } }) => ({
        name: id,
        steps: rows.steps,
        column: rows.column(series),
      }))
      const longest = parts.toSorted((a, b) => b.steps.length - a.steps.length)[0]
      if (parts[0] === undefined || longest === undefined || parts.length === 1) return parts
      return [{ name: parts[0].name, steps: longest.steps, column: mergeRepeats(parts, longest.steps) }]
    })
  }
}
