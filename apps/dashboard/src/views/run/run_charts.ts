import { chanceLoss } from '../../data/chance.ts'
import { ema } from '../../charts/ema.ts'
import type { StepRange } from '../../charts/frame.ts'
import { LineChart, type LineChartOptions } from '../../charts/line.ts'
import type { Guide } from '../../charts/overlay.ts'
import type { Columns, Table } from '../../data/columns.ts'
import type { ViewContext } from '../../context.ts'
import { metricsSource } from '../../data/feed.ts'
import { formatValue } from '../../format.ts'
import { Zoomed } from '../../data/zoomed.ts'
import type { Job } from '@unroll/client'
import { chartPanel, oncePerFrame, toggle } from '../shared/chart_panel.ts'
import { button } from '../shared/confirmed_button.ts'
import type { Latest } from './run_header.ts'

const HEIGHT = 260
const NEWEST = 100
const SMOOTHING = 0.98
const SMOOTH_LABEL = `smoothed (EMA ${SMOOTHING})`
const AXIS = { name: 'training step', unit: 'step' }

/** Receives the range of steps, whether it is a part of the run, and the newest values. */
export type OnDraw = (range: StepRange & { isPart: boolean }, latest: Latest) => void

/** The loss and the gradient norms of a run, over one range of steps. */
export class RunCharts {
  readonly roots: readonly HTMLElement[]
  readonly #run: Zoomed<Columns>
  readonly #draw: () => void
  readonly #onDraw: OnDraw
  readonly #loss: LineChart
  readonly #norms: LineChart
  readonly #whole: HTMLButtonElement
  readonly #threshold: Guide[]
  #chance: Guide[] = []
  #zoom: StepRange | null = null
  #isSmooth = false

  constructor(context: ViewContext, job: Job, onDraw: OnDraw) {
    this.#onDraw = onDraw
    const { signal } = context
    const shared = {
      signal,
      height: HEIGHT,
      axis: AXIS,
      cursor: 'steps',
      onZoom: (range: StepRange | null) => this.zoomTo(range),
    }
    this.#draw = oncePerFrame(() => this.#drawNow(), signal)
    this.#run = new Zoomed(context, metricsSource(job.id), this.#draw)
    this.#loss = new LineChart({ ...LOSS_CHART, ...shared })
    this.#norms = new LineChart({ ...NORM_CHART, ...shared })
    this.#threshold = thresholdGuide(job)
    this.#whole = button('Show all steps', 'zoom-out')
    this.#whole.hidden = true
    this.#whole.addEventListener('click', () => this.zoomTo(null), { signal })
    const smooth = (isOn: boolean) => {
      this.#isSmooth = isOn
      this.#draw()
    }
    const controls = [this.#whole, toggle(SMOOTH_LABEL, { testId: 'smooth', signal, onChange: smooth })]
    this.roots = [
      chartPanel({ title: 'Loss', controls }, this.#loss.root),
      chartPanel({ title: 'Gradient norm', note: normNote(job) }, this.#norms.root),
    ]
    void this.#loadChance(context, job)
  }

  /** Shows a range of steps, or all of them. */
  zoomTo(range: StepRange | null): void {
    this.#zoom = range
    this.#run.zoomTo(range)
    this.#whole.hidden = range === null
    this.#draw()
  }

  #drawNow(): void {
    const { whole, shown } = this.#run
    const raw = { steps: shown.steps, columns: shown.columns }
    const table = this.#isSmooth ? withSmoothLoss(raw) : raw
    const range = this.#zoom ?? { from: whole.firstStep, to: Math.max(whole.lastStep, whole.firstStep + 1) }
    this.#onDraw({ ...range, isPart: this.#zoom !== null }, readLatest(whole))
    this.#loss.draw({ table, range, guides: this.#chance })
    this.#norms.draw({ table, range, guides: this.#threshold })
  }

  /** The chance level is a help to the eye: a run whose data set is gone is drawn without it. */
  async #loadChance({ client, signal }: ViewContext, { spec, result }: Job): Promise<void> {
    const known = Number(result?.['chance_loss'] ?? Number.NaN) // of a data set the run knows it better
    const loss = Number.isFinite(known) ? known : await chanceLoss(client, spec, signal).catch(() => Number.NaN)
    if (!Number.isFinite(loss)) return
    this.#chance = [{ at: loss, label: `chance ${formatValue(loss)}`, colour: '--guide' }]
    this.#draw()
  }
}

type ChartOwn = Pick<LineChartOptions, 'label' | 'testId' | 'series' | 'log'>

const LOSS_CHART: ChartOwn = {
  label: 'Loss by training step',
  testId: 'chart-loss',
  log: false,
  series: [
    { name: 'loss', label: 'training', colour: '--series-1' },
    { name: 'evaluation_loss', label: 'evaluation', colour: '--series-2', sparse: true },
    { name: 'loss_smoothed', label: SMOOTH_LABEL, colour: '--series-3' },
  ],
}

const NORM_CHART: ChartOwn = {
  label: 'Gradient norm by training step, log axis',
  testId: 'chart-norm',
  log: true,
  series: [
    { name: 'grad_norm', label: 'before clipping', colour: '--series-1' },
    { name: 'grad_norm_clipped', label: 'after clipping', colour: '--series-2', below: true },
  ],
}

/** Only a threshold on the global norm is a value of this axis. */
function thresholdGuide({ spec: { clipping } }: Job): Guide[] {
  if (clipping.policy !== 'norm') return []
  return [{ at: clipping.threshold, label: `threshold ${formatValue(clipping.threshold)}`, colour: '--guide' }]
}

function normNote({ spec: { clipping } }: Job): string {
  if (clipping.policy === 'none') return '‖g‖ of all parameters, log axis · not clipped'
  if (clipping.policy === 'norm') return '‖g‖ of all parameters, log axis'
  return `‖g‖ of all parameters, log axis · the threshold of policy ${clipping.policy} is no global norm and not drawn`
}

function withSmoothLoss({ steps, columns }: Table): Table {
  const loss = columns.get('loss')
  if (loss === undefined) return { steps, columns }
  return { steps, columns: new Map(columns).set('loss_smoothed', ema(loss, SMOOTHING)) }
}

function readLatest(columns: Columns): Latest {
  return {
    loss: lastValue(columns, 'loss'),
    evaluationLoss: lastValue(columns, 'evaluation_loss'),
    accuracy: lastValue(columns, 'accuracy'),
    evaluationAccuracy: lastValue(columns, 'evaluation_accuracy'),
    stepMs: meanOfNewest(columns, 'step_ms'),
  }
}

function lastValue(columns: Columns, name: string): number | null {
  const { values, present } = columns.column(name)
  const row = present.lastIndexOf(1)
  return row < 0 ? null : (values[row] ?? null)
}

/** Mean of the newest hundred values. */
function meanOfNewest(columns: Columns, name: string): number | null {
  const { values, present } = columns.column(name)
  const newest = [...values].filter((_, row) => present[row] === 1).slice(-NEWEST)
  return newest.length === 0 ? null : newest.reduce((sum, value) => sum + value, 0) / newest.length
}
