import type { StepRange } from '../../charts/frame.ts'
import { HeatMap, type HeatMapZoom } from '../../charts/heatmap.ts'
import { LineChart } from '../../charts/line.ts'
import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import { flowSource } from '../../data/feed.ts'
import type { FlowGrid, FlowRows, FlowState, FlowView } from '../../data/flow_rows.ts'
import { flowProfile } from '../../data/flow_profile.ts'
import { formatRange } from '../../format.ts'
import { Zoomed } from '../../data/zoomed.ts'
import { hasMemoryCell, gradientWindow, type Job } from '@unroll/client'
import { chartPanel, labelledSelect, layerSelect, oncePerFrame } from '../shared/chart_panel.ts'
import { button } from '../shared/confirmed_button.ts'

const MAP_HEIGHT = 320
const PROFILE_HEIGHT = 240
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
  readonly #onZoom: (range: StepRange | null) => void
  readonly #allTimesteps: HTMLButtonElement = button('Show all time steps', 'zoom-out-timesteps')
  readonly #window: number
  #flow: Zoomed<FlowRows> | undefined
  #layer = 0
  /** Zoomed time steps; null for all of them. */
  #timesteps: StepRange | null = null
  #state: FlowState = 'h'
  /** Shown training steps; undefined until the first are known, which may be after the first flow. */
  #range: StepRange | undefined
  #isPart = false
  #row = -1

  /** @param onZoom receives the dragged training steps, or null for all of them */
  constructor(context: ViewContext, job: Job, onZoom: (range: StepRange | null) => void) {
    this.#context = context
    this.#job = job
    this.#onZoom = onZoom
    const { signal } = context
    const { spec } = job
    this.#window = gradientWindow(spec)
    this.#allTimesteps.hidden = true
    this.#allTimesteps.addEventListener('click', () => this.#showTimesteps(null), { signal })
    this.#draw = oncePerFrame(() => this.#drawNow(), signal)
    this.#map = new HeatMap({
      label: 'Gradient norm by time step and training step',
      testId: 'chart-flow',
      height: MAP_HEIGHT,
      onRow: (row) => this.#pointAt(row),
      onZoom: (zoom) => this.#zoomTo(zoom),
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
    if (isObserved) this.#follow()
  }

  /** Shows a range of training steps, which is the whole run or a part of it. */
  showRange({ isPart, ...range }: StepRange & { isPart: boolean }): void {
    if (range.from === this.#range?.from && range.to === this.#range.to && isPart === this.#isPart) return
    if (isPart || this.#isPart) this.#flow?.zoomTo(isPart ? range : null)
    this.#range = range
    this.#isPart = isPart
    this.#draw()
  }

  #zoomTo(zoom: HeatMapZoom | null): void {
    this.#showTimesteps(zoom?.timesteps ?? null)
    this.#onZoom(zoom?.range ?? null)
  }

  #showTimesteps(timesteps: StepRange | null): void {
    const isAll = timesteps === null || (timesteps.from === 1 && timesteps.to === this.#window)
    if (isAll && this.#timesteps === null) return
    this.#timesteps = isAll ? null : timesteps
    this.#allTimesteps.hidden = isAll
    this.#follow()
  }

  #controls(spec: Job['spec']): HTMLElement[] {
    const { signal } = this.#context
    const layer = layerSelect(spec, { testId: 'flow-layer', signal }, (chosen) => {
      this.#layer = chosen
      this.#follow()
    })
    const onChange = (value: string) => {
      this.#state = value === 'c' ? 'c' : 'h'
      this.#draw()
    }
    const state = labelledSelect('Gradient of', STATES, { testId: 'flow-state', signal, onChange })
    return [this.#allTimesteps, ...layer, ...(hasMemoryCell(spec.model.cell) ? [state.root] : [])]
  }

  #follow(): void {
    this.#flow?.close()
    const { from, to } = this.#timesteps ?? {}
    const view: FlowView = { layer: this.#layer, ...(from && { from_timestep: from }), ...(to && { to_timestep: to }) }
    this.#flow = new Zoomed(this.#context, flowSource(this.#job.id, view), this.#draw)
    if (this.#isPart && this.#range !== undefined) this.#flow.zoomTo(this.#range)
    this.#draw()
  }

  #pointAt(row: number): void {
    if (row === this.#row) return
    this.#row = row
    this.#drawProfile()
  }

  #drawNow(): void {
    const grid = this.#flow?.shown.grid(this.#state)
    if (grid === undefined) return
    const timesteps = this.#timesteps ?? { from: 1, to: this.#window }
    this.#map.draw({ grid, range: this.#range ?? measureExtent(grid), timesteps })
    this.#drawProfile()
  }

  #drawProfile(): void {
    const grid = this.#flow?.shown.grid(this.#state)
    if (grid === undefined) return
    const newest = grid.steps.length - 1
    const row = this.#row >= 0 && this.#row <= newest ? this.#row : newest
    const { from, to } = this.#timesteps ?? { from: 1, to: this.#window }
    setText(this.#profileTitle, rowWords(grid, row))
    this.#profile.draw({ table: flowProfile(grid, row), range: { from, to: Math.max(from + 1, to) } })
  }
}

function measureExtent({ steps, spans }: FlowGrid): StepRange {
  const [from = 0, last = 1] = [steps[0], steps.at(-1)]
  return { from: from - (spans[0] ?? 0) / 2, to: Math.max(last + (spans.at(-1) ?? 0) / 2, from + 1) }
}

function rowWords({ steps, spans }: FlowGrid, row: number): string {
  const middle = steps[row]
  if (middle === undefined) return 'Newest row'
  const half = ((spans[row] ?? 1) - 1) / 2
  const words = row === steps.length - 1 ? 'newest row' : 'row pointed at'
  const greatest = half > 0 ? ', greatest norms' : ''
  return `Training step${half > 0 ? 's' : ''} ${formatRange(middle - half, middle + half)}, ${words}${greatest}`
}

function notObserved(): HTMLElement {
  return element('p', { class: 'quiet', text: 'This run does not observe its flow: observe.flow_every is 0.' })
}
