import type { StepRange } from '../charts/frame.ts'
import { HeatMap } from '../charts/heatmap.ts'
import { LineChart } from '../charts/line.ts'
import type { ViewContext } from '../context.ts'
import { element, setText } from '../element.ts'
import { feedFlow } from '../feed.ts'
import { FlowRows, type FlowState } from '../flow_rows.ts'
import { flowProfile } from '../flow_profile.ts'
import { formatCount } from '../format.ts'
import type { Job } from '@unroll/client'
import { chartPanel, oncePerFrame } from './chart_panel.ts'

const MAP_HEIGHT = 320
const PROFILE_HEIGHT = 240
const WITH_MEMORY: readonly string[] = ['lstm', 'lstm_peephole', 'slstm']
const STATES: readonly { value: FlowState; text: string }[] = [
  { value: 'h', text: 'hidden state h' },
  { value: 'c', text: 'memory cell c' },
]

/** Total flow of one layer: its history as a heat map and its newest row as a line. */
export class FlowPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #job: Job
  readonly #draw: () => void
  readonly #map: HeatMap
  readonly #profile: LineChart
  readonly #profileTitle: HTMLElement = element('h3', { text: 'Newest row' })
  #rows = new FlowRows()
  #state: FlowState = 'h'
  #range: StepRange = { from: 0, to: 1 }
  #row = -1
  /** Ends the feed of the layer shown. */
  #feed = new AbortController()

  constructor(context: ViewContext, job: Job) {
    this.#context = context
    this.#job = job
    const { signal } = context
    const { spec } = job
    this.#draw = oncePerFrame(() => this.#drawNow(), signal)
    this.#map = new HeatMap({
      label: 'Gradient norm by time step and training step',
      testId: 'chart-flow',
      height: MAP_HEIGHT,
      onRow: (row) => this.#pointAt(row),
      signal,
    })
    this.#profile = new LineChart({
      label: 'Gradient norm by time step',
      testId: 'chart-profile',
      series: [{ name: 'norm', label: 'norm', colour: '--series-1' }],
      log: true,
      height: PROFILE_HEIGHT,
      axis: { name: 'time step t', unit: 't =' },
      signal,
    })
    const isObserved = spec.observe.flow_every > 0
    this.root = chartPanel(
      {
        title: 'Gradient flow',
        note: 'norm of the loss gradient at each time step, ‖∂L/∂h_t‖ or ‖∂L/∂c_t‖',
        controls: isObserved ? this.#controls(spec) : [],
      },
      ...(isObserved ? [this.#map.root, this.#profileTitle, this.#profile.root] : [notObserved()]),
    )
    signal.addEventListener('abort', () => this.#feed.abort(), { once: true })
    if (isObserved) this.#follow(0)
  }

  /** Shows a range of training steps. */
  showRange(range: StepRange): void {
    if (range.from === this.#range.from && range.to === this.#range.to) return
    this.#range = range
    this.#draw()
  }

  #controls({ model }: Job['spec']): HTMLElement[] {
    const layers = Array.from({ length: model.layers }, (_, layer) => ({ value: String(layer), text: String(layer) }))
    const layer = this.#select('Layer', {
      testId: 'flow-layer',
      choices: layers,
      onChange: (value) => this.#follow(Number(value)),
    })
    const state = this.#select('Gradient of', {
      testId: 'flow-state',
      choices: STATES,
      onChange: (value) => {
        this.#state = value === 'c' ? 'c' : 'h'
        this.#draw()
      },
    })
    return [...(model.layers > 1 ? [layer] : []), ...(WITH_MEMORY.includes(model.cell) ? [state] : [])]
  }

  #select(
    label: string,
    {
      testId,
      choices,
      onChange,
    }: { testId: string; choices: readonly { value: string; text: string }[]; onChange: (value: string) => void },
  ): HTMLElement {
    const options = choices.map(({ value, text }) => element('option', { text, attributes: { value } }))
    const select = element('select', { testId }, ...options)
    select.addEventListener('change', () => onChange(select.value), { signal: this.#context.signal })
    return element('label', { class: 'field' }, label, ' ', select)
  }

  #follow(layer: number): void {
    this.#feed.abort()
    this.#feed = new AbortController()
    this.#rows = new FlowRows()
    this.#draw()
    const context = { ...this.#context, signal: this.#feed.signal }
    const { id: jobId, spec } = this.#job
    void feedFlow(this.#rows, context, { jobId, layer, timesteps: spec.sequence_length, onRows: this.#draw })
  }

  #pointAt(row: number): void {
    if (row === this.#row) return
    this.#row = row
    this.#drawProfile()
  }

  #drawNow(): void {
    const grid = this.#rows.grid(this.#state)
    this.#map.draw({ grid, range: this.#range })
    this.#drawProfile()
  }

  #drawProfile(): void {
    const grid = this.#rows.grid(this.#state)
    const row = this.#row >= 0 && this.#row < grid.steps.length ? this.#row : grid.steps.length - 1
    const step = grid.steps[row]
    const words = row === grid.steps.length - 1 ? 'newest row' : 'row pointed at'
    setText(this.#profileTitle, step === undefined ? 'Newest row' : `Training step ${formatCount(step)}, ${words}`)
    this.#profile.draw({ table: flowProfile(grid, row), range: { from: 1, to: Math.max(2, grid.timesteps) } })
  }
}

function notObserved(): HTMLElement {
  return element('p', { class: 'quiet', text: 'This run does not observe its flow: observe.flow_every is 0.' })
}
