import { chanceLoss } from '../../data/chance.ts'
import { queueDrawing } from '../../charts/drawing_queue.ts'
import { ema } from '../../charts/ema.ts'
import type { StepRange } from '../../charts/frame.ts'
import { LineChart, type LineChartOptions } from '../../charts/line.ts'
import type { Guide, Upright } from '../../charts/overlay.ts'
import { moveRange } from '../../charts/pan.ts'
import { createEpochAxis, createTimeAxis, type StepAxis } from '../../charts/step_axis.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { Columns, Table } from '../../data/columns.ts'
import type { ViewContext } from '../../context.ts'
import { metricsSource } from '../../data/feed.ts'
import { countStepsPerEpoch, sumSeconds } from '../../data/training_time.ts'
import { formatValue } from '../../format.ts'
import { Zoomed } from '../../data/zoomed.ts'
import { usesDataset, type Job } from '@unroll/client'
import { chartPanel, labelledSelect, toggle } from '../shared/chart_panel.ts'
import { button } from '../shared/confirmed_button.ts'
import { thresholdGuide } from '../shared/threshold_guide.ts'
import type { Latest } from './run_header.ts'
import type { RunView, XUnit } from './run_view.ts'
import { smoothingSlider } from './smoothing_slider.ts'

const HEIGHT = 250
const NEWEST = 100
const AXIS = { name: 'training step', unit: 'step' }
const UNITS: Readonly<Record<XUnit, string>> = { step: 'step', time: 'time', epoch: 'epoch' }

/** Receives the range of steps, whether it is a part of the run, and the newest values. */
export type OnDraw = (range: StepRange & { isPart: boolean }, latest: Latest) => void

/** The loss and the gradient norms of a run, over one range of steps. */
export class RunCharts {
  readonly roots: readonly HTMLElement[]
  readonly #view: RunView
  readonly #run: Zoomed<Columns>
  readonly #draw: () => void
  readonly #onDraw: OnDraw
  readonly #loss: LineChart
  readonly #norms: LineChart
  readonly #whole: HTMLButtonElement
  readonly #threshold: Guide[]
  readonly #epochs: HTMLOptionElement | undefined
  #uprights: readonly Upright[] = []
  #chance: Guide[] = []
  #stepsPerEpoch: number | undefined

  constructor(
    context: ViewContext,
    { job, view, cursor }: { job: Job; view: RunView; cursor: StepCursor },
    onDraw: OnDraw,
  ) {
    this.#view = view
    this.#onDraw = onDraw
    const { signal } = context
    const onZoom = (steps: StepRange | null) => view.change({ steps })
    const shared = { signal, height: HEIGHT, axis: AXIS, cursor, onZoom, onPan: (share: number) => this.pan(share) }
    this.#draw = queueDrawing(() => this.#drawNow(), signal)
    this.#run = new Zoomed(context, metricsSource(job.id), this.#draw)
    this.#run.zoomTo(view.choice.steps)
    const faded = () => view.choice.smoothing > 0
    this.#loss = new LineChart({ ...LOSS_CHART, series: lossSeries(faded), ...shared })
    this.#norms = new LineChart({ ...NORM_CHART, ...shared })
    this.#threshold = thresholdGuide(job.spec)
    this.#whole = button('Show all steps', 'zoom-out')
    this.#whole.addEventListener('click', () => onZoom(null), { signal })
    const units = labelledSelect(
      'by',
      (['step', 'time', 'epoch'] as const).map((value) => ({ value, text: UNITS[value] })),
      { testId: 'x-unit', signal, onChange: (value) => view.change({ x: value as XUnit }) },
    )
    units.select.value = view.choice.x
    this.#epochs = units.select.options[2]
    if (this.#epochs !== undefined) this.#epochs.hidden = this.#epochs.disabled = true
    this.roots = [
      chartPanel({ title: 'Loss', controls: this.#controls(units.root, signal) }, this.#loss.root),
      chartPanel({ title: 'Gradient norm', note: normNote(job) }, this.#norms.root),
    ]
    view.onChange(({ steps }, before) => {
      if (steps !== before.steps) this.#run.zoomTo(steps)
      this.#draw()
    })
    void this.#loadData(context, job)
  }

  /** Moves the zoomed range by a share of it; a run that is shown as a whole stays. */
  pan(share: number): void {
    const { steps } = this.#view.choice
    const { firstStep, lastStep } = this.#run.whole
    if (steps !== null) this.#view.change({ steps: moveRange(steps, share, { from: firstStep, to: lastStep }) })
  }

  /** Shows lines from top to bottom, where something happened. */
  showUprights(uprights: readonly Upright[]): void {
    this.#uprights = uprights
    this.#draw()
  }

  #controls(units: HTMLElement, signal: AbortSignal): HTMLElement[] {
    const view = this.#view
    const log = toggle('log', {
      testId: 'log-loss',
      signal,
      isOn: view.choice.logLoss,
      onChange: (logLoss) => view.change({ logLoss }),
    })
    const slider = smoothingSlider(view.choice.smoothing, signal, (smoothing) => view.change({ smoothing }))
    return [this.#whole, slider, units, log]
  }

  #drawNow(): void {
    const { smoothing, steps, logLoss } = this.#view.choice
    const { whole, shown } = this.#run
    const raw = { steps: shown.steps, columns: shown.columns }
    const table = smoothing > 0 ? withSmoothLoss(raw, smoothing) : raw
    const range = steps ?? { from: whole.firstStep, to: Math.max(whole.lastStep, whole.firstStep + 1) }
    const axis = this.#axis()
    const shared = { range, uprights: this.#uprights, ...(axis && { axis }) }
    this.#whole.hidden = steps === null
    this.#onDraw({ ...range, isPart: steps !== null }, readLatest(whole))
    this.#loss.draw({ ...shared, table, guides: this.#chance, log: logLoss })
    this.#norms.draw({ ...shared, table: raw, guides: this.#threshold })
  }

  /** Undefined for steps, which are their own places. */
  #axis(): StepAxis | undefined {
    const { x } = this.#view.choice
    const { whole } = this.#run
    if (x === 'epoch' && this.#stepsPerEpoch !== undefined) return createEpochAxis(this.#stepsPerEpoch)
    return x === 'time' && whole.length > 1 ? createTimeAxis(whole.steps, sumSeconds(whole)) : undefined
  }

  /** The chance level and the length of an epoch are a help to the eye: a run whose data set is gone is drawn without them. */
  async #loadData({ client, signal }: ViewContext, { spec, result }: Job): Promise<void> {
    const known = result?.['chance_loss'] ?? Number.NaN // of a data set the run knows it better
    const loss = Number.isFinite(known) ? known : await chanceLoss(client, spec, signal).catch(() => Number.NaN)
    if (Number.isFinite(loss)) this.#chance = [{ at: loss, label: `chance ${formatValue(loss)}`, colour: '--guide' }]
    const dataset = usesDataset(spec.data)
      ? await client.datasets.get(spec.data.dataset, { signal }).catch(() => null)
      : null
    this.#stepsPerEpoch = dataset === null ? undefined : countStepsPerEpoch(spec, dataset)
    if (this.#epochs !== undefined && this.#stepsPerEpoch !== undefined)
      this.#epochs.hidden = this.#epochs.disabled = false
    this.#draw()
  }
}

type ChartOwn = Pick<LineChartOptions, 'label' | 'testId' | 'log'>

const LOSS_CHART: ChartOwn = { label: 'Loss by training step', testId: 'chart-loss', log: false }

/** @param faded whether the raw curve stands behind the smoothed one */
function lossSeries(faded: () => boolean): LineChartOptions['series'] {
  return [
    { name: 'loss', label: 'training', colour: '--series-1', faded, below: true },
    { name: 'loss_smoothed', label: 'training, smoothed', colour: '--series-1' },
    { name: 'evaluation_loss', label: 'evaluation', colour: '--series-2', sparse: true },
  ]
}

const NORM_CHART: ChartOwn & Pick<LineChartOptions, 'series'> = {
  label: 'Gradient norm by training step, log axis',
  testId: 'chart-norm',
  log: true,
  series: [
    { name: 'grad_norm', label: 'before clipping', colour: '--series-1' },
    { name: 'grad_norm_clipped', label: 'after clipping', colour: '--series-2', below: true },
  ],
}

function normNote({ spec: { clipping } }: Job): string {
  if (clipping.policy === 'none') return '‖g‖ of all parameters, log axis · not clipped'
  if (clipping.policy === 'norm') return '‖g‖ of all parameters, log axis'
  return `‖g‖ of all parameters, log axis · the threshold of policy ${clipping.policy} is no global norm and not drawn`
}

function withSmoothLoss({ steps, columns }: Table, smoothing: number): Table {
  const loss = columns.get('loss')
  if (loss === undefined) return { steps, columns }
  return { steps, columns: new Map(columns).set('loss_smoothed', ema(loss, smoothing)) }
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
  const newest: number[] = []
  for (let row = values.length - 1; row >= 0 && newest.length < NEWEST; row -= 1)
    if (present[row] === 1) newest.push(values[row] ?? 0)
  return newest.length === 0 ? null : newest.reduce((sum, value) => sum + value, 0) / newest.length
}
