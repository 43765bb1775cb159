import { queueDrawing } from '../../charts/drawing_queue.ts'
import { ColourBar, SpecialsLegend } from '../../charts/colour_bar.ts'
import { survey } from '../../charts/flow_survey.ts'
import { chooseScale, mergeDecades, type ColourMode } from '../../charts/colour_scale.ts'
import type { StepRange } from '../../charts/frame.ts'
import type { LineSeries } from '../../charts/line_options.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import { addCounts, type FlowGrid, type FlowState } from '../../data/flow_rows.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import { SERIES_COLOURS } from '../../theme.ts'
import { gradientWindow, hasMemoryCell, listHiddenSizes, taskProblem, usesDataset, type Job } from '@unroll/client'
import { chartPanel, labelledSelect } from '../shared/chart_panel.ts'
import { button } from '../shared/confirmed_button.ts'
import { COLOUR_MODES, EPSILON, FlowLayer } from './flow_layer.ts'
import { FlowProfileChart } from './flow_profile_chart.ts'
import type { RunView } from './run_view.ts'

const MAP_HEIGHT = 340
const MULTIPLE_HEIGHT = 230

const STATES: Readonly<Record<FlowState, string>> = {
  h: 'hidden state h',
  c: 'memory cell c',
  probe: 'h, last loss alone',
}

const SYMBOLS: Readonly<Record<FlowState, string>> = { h: '‖∂L/∂hₜ‖', c: '‖∂L/∂cₜ‖', probe: '‖∂L_T/∂hₜ‖' }

const LAYERS = 'all'

export interface FlowPanelOptions {
  readonly job: Job
  readonly view: RunView
  readonly cursor: StepCursor
  /** What stands under the maps, over the same steps. */
  readonly below: HTMLElement
  readonly onPan: (share: number) => void
}

/** Total flow as heat maps, one for each layer, and the profile of the row that is pinned or pointed at. */
export class FlowPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #job: Job
  readonly #view: RunView
  readonly #cursor: StepCursor
  readonly #onPan: (share: number) => void
  readonly #draw: () => void
  readonly #drawProfileSoon: () => void
  readonly #maps: HTMLElement = element('div', { class: 'flow-maps' })
  readonly #specials = new SpecialsLegend()
  readonly #lines: HTMLElement = element('p', { class: 'quiet flow-lines', testId: 'flow-lines' })
  readonly #profile: FlowProfileChart | undefined
  readonly #allTimesteps: HTMLButtonElement = button('Show all time steps', 'zoom-out-timesteps')
  readonly #window: number
  #bar = new ColourBar(MAP_HEIGHT)
  #layers: FlowLayer[] = []
  /** Shown training steps; undefined until the first are known, which may be after the first flow. */
  #range: StepRange | undefined

  constructor(context: ViewContext, { job, view, cursor, below, onPan }: FlowPanelOptions) {
    this.#context = context
    this.#job = job
    this.#view = view
    this.#cursor = cursor
    this.#onPan = onPan
    const { signal } = context
    this.#window = gradientWindow(job.spec)
    this.#allTimesteps.addEventListener('click', () => view.change({ timesteps: null }), { signal })
    this.#draw = queueDrawing(() => this.#drawNow(), signal)
    this.#drawProfileSoon = queueDrawing(() => this.#drawProfile(), signal)
    const isObserved = job.spec.observe.flow_every > 0
    if (isObserved) {
      this.#profile = new FlowProfileChart(layerSeries(job), 'chart-profile', signal)
      view.onChange((choice, before) => {
        if (choice.layer !== before.layer) this.#createLayers()
        else if (choice.timesteps !== before.timesteps) this.#follow()
        else if (choice.steps !== before.steps) for (const layer of this.#layers) layer.zoomTo(choice.steps)
        this.#draw()
      })
      cursor.listen(this.#drawProfileSoon, signal)
    }
    const bodies =
      this.#profile === undefined
        ? [notObserved(), below]
        : [this.#specials.root, this.#maps, below, this.#lines, ...this.#profile.roots]
    this.root = chartPanel(
      {
        title: 'Gradient flow',
        note: 'norm of the loss gradient at each time step',
        controls: isObserved ? this.#controls() : [],
      },
      ...bodies,
    )
    if (isObserved) this.#createLayers()
  }

  /** Shows a range of training steps, which is the whole run or a part of it. */
  showRange({ from, to }: StepRange): void {
    if (from === this.#range?.from && to === this.#range.to) return
    this.#range = { from, to }
    this.#draw()
  }

  get #shownLayers(): number[] {
    const { layer } = this.#view.choice
    const all = [...listHiddenSizes(this.#job.spec.model).keys()]
    return layer !== null && layer < all.length ? [layer] : all
  }

  #controls(): HTMLElement[] {
    const { signal } = this.#context
    const { spec } = this.#job
    const { choice } = this.#view
    const count = listHiddenSizes(spec.model).length
    const selects = []
    if (count > 1) {
      const layers = [LAYERS, ...Array.from({ length: count }, (_, layer) => String(layer))]
      const options = layers.map((value) => ({ value, text: value }))
      const onChange = (value: string) => this.#view.change({ layer: value === LAYERS ? null : Number(value) })
      const { root, select } = labelledSelect('Layers', options, { testId: 'flow-layer', signal, onChange })
      select.value = choice.layer === null ? LAYERS : String(choice.layer)
      selects.push(root)
    }
    const states = (['h', 'c', 'probe'] as const).filter((state) => isPossible(state, spec))
    if (states.length > 1) {
      const options = states.map((value) => ({ value, text: STATES[value] }))
      const onChange = (value: string) => this.#view.change({ state: states.find((each) => each === value) ?? 'h' })
      const { root, select } = labelledSelect('Gradient of', options, { testId: 'flow-state', signal, onChange })
      select.value = choice.state
      selects.push(root)
    }
    const modes = Object.entries(COLOUR_MODES).map(([value, text]) => ({ value, text }))
    const onMode = (value: string) => this.#view.change({ colours: value as ColourMode })
    const colours = labelledSelect('Colours', modes, { testId: 'flow-colours', signal, onChange: onMode })
    colours.select.value = choice.colours
    return [this.#allTimesteps, ...selects, colours.root]
  }

  #createLayers(): void {
    for (const layer of this.#layers) layer.close()
    const shown = this.#shownLayers
    const height = shown.length > 1 ? MULTIPLE_HEIGHT : MAP_HEIGHT
    const isNamed = listHiddenSizes(this.#job.spec.model).length > 1
    this.#bar = new ColourBar(height)
    this.#layers = shown.map(
      (layer) =>
        new FlowLayer(this.#context, {
          jobId: this.#job.id,
          layer,
          testId: layer === 0 ? 'chart-flow' : `chart-flow-${layer}`,
          name: isNamed ? `layer ${layer}` : '',
          height,
          cursor: this.#cursor,
          onRows: this.#draw,
          onPan: this.#onPan,
          onZoom: (zoom) =>
            this.#view.change({ steps: zoom?.range ?? null, timesteps: this.#asPart(zoom?.timesteps ?? null) }),
        }),
    )
    setAttribute(this.#maps, 'data-layers', String(shown.length))
    const maps = element('div', { class: 'flow-multiples' }, ...this.#layers.map(({ root }) => root))
    this.#maps.replaceChildren(maps, this.#bar.root)
    this.#follow()
  }

  /** Null for all time steps. */
  #asPart(timesteps: StepRange | null): StepRange | null {
    return timesteps === null || (timesteps.from === 1 && timesteps.to === this.#window) ? null : timesteps
  }

  #follow(): void {
    const { timesteps, steps } = this.#view.choice
    for (const layer of this.#layers) layer.follow(timesteps, steps)
    this.#draw()
  }

  #drawNow(): void {
    const { state, colours, timesteps: part } = this.#view.choice
    const isRelative = colours === 'relative'
    const drawn = this.#layers.map((layer) => ({ layer, grid: layer.grid(state, isRelative), ...layer.reach(state) }))
    const scale = chooseScale(colours, mergeDecades(drawn.map(({ grid }) => survey(grid.values).decades)))
    const symbol = SYMBOLS[state]
    const picture = {
      timesteps: part ?? { from: 1, to: this.#window },
      scale,
      quantity: isRelative ? 'norm relative to t = T' : 'norm',
      lag: this.#lag(),
    }
    for (const { layer, grid, reach } of drawn)
      layer.draw(grid, reach, { ...picture, range: this.#range ?? measureExtent(grid) })
    this.#bar.show(scale, isRelative ? `Colours: ${symbol} / ${symbol} at t = T` : `Colours: ${symbol}`)
    this.#specials.show(addCounts(drawn.map(({ grid }) => grid.counts)))
    this.#allTimesteps.hidden = part === null
    setText(this.#lines, lineWords(drawn[0]?.isProbe ?? false, symbol))
    this.#drawProfileSoon()
  }

  /** The time step that the last output needs, for tasks of which it is known. */
  #lag(): { timestep: number; label: string } | undefined {
    const { data, sequence_length: T } = this.#job.spec
    if (usesDataset(data)) return undefined
    const { lag } = taskProblem(data, T)
    if (lag === 0) return undefined
    return { timestep: this.#window - lag, label: `needed from t = ${formatCount(T - lag)}, ${formatCount(lag)} back` }
  }

  #drawProfile(): void {
    const { state, colours, timesteps } = this.#view.choice
    const { pointed, pinned } = this.#cursor
    const grid = (layer: FlowLayer) => layer.grid(state, colours === 'relative')
    this.#profile?.draw({
      grids: this.#layers.map((layer) => ({ name: layerName(layer.layer), grid: grid(layer) })),
      step: pointed ?? pinned,
      isPinned: pointed === null && pinned !== null,
      timesteps: timesteps ?? { from: 1, to: this.#window },
      lag: this.#lag(),
    })
  }
}

function layerName(layer: number): string {
  return `layer-${layer}`
}

function layerSeries({ spec }: Job): LineSeries[] {
  const layers = listHiddenSizes(spec.model)
  return layers.map((_, layer) => ({
    name: layerName(layer),
    label: layers.length === 1 ? 'norm' : `layer ${layer}`,
    colour: SERIES_COLOURS[layer % SERIES_COLOURS.length] ?? '--series-1',
  }))
}

function isPossible(state: FlowState, spec: Job['spec']): boolean {
  if (state === 'c') return hasMemoryCell(spec.model.cell)
  return state === 'h' || spec.observe.probe_every > 0
}

function measureExtent({ steps, spans }: FlowGrid): StepRange {
  const [from = 0, last = 1] = [steps[0], steps.at(-1)]
  return { from: from - (spans[0] ?? 0) / 2, to: Math.max(last + (spans.at(-1) ?? 0) / 2, from + 1) }
}

function lineWords(isProbe: boolean, symbol: string): string {
  const falls = isProbe
    ? `φ(k) of the last loss falls below ${EPSILON} φ(0)`
    : `${symbol} falls below ${EPSILON} of that at t = T`
  return `White line: the horizon, where ${falls}. Below it the last output learns next to nothing. A click pins a row, dragging zooms both axes, Shift and the wheel move the zoomed range.`
}

function notObserved(): HTMLElement {
  return element('p', { class: 'quiet', text: 'This run does not observe its flow: observe.flow_every is 0.' })
}
