import { queueDrawing } from '../../charts/drawing_queue.ts'
import { ColourBar, SpecialsLegend } from '../../charts/colour_bar.ts'
import { survey } from '../../charts/flow_survey.ts'
import { chooseScale, mergeDecades, type ColourMode } from '../../charts/colour_scale.ts'
import type { StepRange } from '../../charts/frame.ts'
import type { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import { addCounts } from '../../data/flow_rows.ts'
import { element, setAttribute } from '../../dom/element.ts'
import { gradientWindow, listHiddenSizes } from '@unroll/client'
import { chartPanel, labelledSelect } from '../shared/chart_panel.ts'
import { COLOUR_MODES, FlowLayer } from '../run/flow_layer.ts'
import { FlowProfileChart } from '../run/flow_profile_chart.ts'
import type { CompareView, ComparedRun } from './compared_runs.ts'

const HEIGHT = 230

/** The flow of one layer of each run, as small multiples of one scale, and the profiles of one step over each other. */
export class ComparedFlow {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #runs: readonly ComparedRun[]
  readonly #view: CompareView
  readonly #cursor: StepCursor
  readonly #maps: HTMLElement = element('div', { class: 'flow-multiples' })
  readonly #bar = new ColourBar(HEIGHT)
  readonly #specials = new SpecialsLegend()
  readonly #profile: FlowProfileChart
  readonly #draw: () => void
  #layers: { run: ComparedRun; layer: FlowLayer }[] = []
  #range: StepRange = { from: 0, to: 1 }

  constructor(
    context: ViewContext,
    { runs, view, cursor }: { runs: readonly ComparedRun[]; view: CompareView; cursor: StepCursor },
  ) {
    const { signal } = context
    this.#context = context
    this.#runs = runs.filter(({ job }) => job.spec.observe.flow_every > 0)
    this.#view = view
    this.#cursor = cursor
    this.#draw = queueDrawing(() => this.#drawNow(), signal)
    this.#profile = new FlowProfileChart(
      this.#runs.map(({ job, colour }) => ({ name: job.id, label: job.name, colour })),
      'compare-profile',
      signal,
    )
    cursor.listen(
      queueDrawing(() => this.#drawProfile(), signal),
      signal,
    )
    view.onChange(({ layer, steps }, before) => {
      if (layer !== before.layer) this.#createLayers()
      else if (steps !== before.steps) for (const each of this.#layers) each.layer.zoomTo(steps)
      this.#draw()
    })
    const maps = element('div', { class: 'flow-maps' }, this.#maps, this.#bar.root)
    this.root = chartPanel(
      { title: 'Gradient flow', note: 'on one colour scale', controls: this.#controls(signal) },
      this.#specials.root,
      maps,
      ...this.#profile.roots,
    )
    this.root.hidden = this.#runs.length === 0
    if (this.#runs.length > 0) this.#createLayers()
  }

  showRange(range: StepRange): void {
    if (range.from === this.#range.from && range.to === this.#range.to) return
    this.#range = range
    this.#draw()
  }

  #controls(signal: AbortSignal): HTMLElement[] {
    const view = this.#view
    const deepest = Math.max(1, ...this.#runs.map(({ job }) => listHiddenSizes(job.spec.model).length))
    const options = Array.from({ length: deepest }, (_, layer) => ({ value: String(layer), text: String(layer) }))
    const layer = labelledSelect('Layer', options, {
      testId: 'compare-layer',
      signal,
      onChange: (value) => view.change({ layer: Number(value) }),
    })
    layer.select.value = String(view.choice.layer)
    const modes = Object.entries(COLOUR_MODES).map(([value, text]) => ({ value, text }))
    const colours = labelledSelect('Colours', modes, {
      testId: 'compare-colours',
      signal,
      onChange: (value) => view.change({ colours: value as ColourMode }),
    })
    colours.select.value = view.choice.colours
    return deepest > 1 ? [layer.root, colours.root] : [colours.root]
  }

  #createLayers(): void {
    for (const { layer } of this.#layers) layer.close()
    const { layer, steps } = this.#view.choice
    this.#layers = this.#runs
      .filter(({ job }) => layer < listHiddenSizes(job.spec.model).length)
      .map((run) => ({
        run,
        layer: new FlowLayer(this.#context, {
          jobId: run.job.id,
          layer,
          name: run.job.name,
          testId: `compare-flow-${run.job.id}`,
          height: HEIGHT,
          cursor: this.#cursor,
          onRows: this.#draw,
          onZoom: (zoom) => this.#view.change({ steps: zoom?.range ?? null }),
        }),
      }))
    for (const { layer: each } of this.#layers) each.follow(null, steps)
    this.#maps.replaceChildren(...this.#layers.map((each) => each.layer.root))
  }

  get #shownLayers(): { run: ComparedRun; layer: FlowLayer }[] {
    const { hidden } = this.#view.choice
    return this.#layers.filter(({ run }) => !hidden.has(run.job.id))
  }

  #drawNow(): void {
    const { hidden, colours } = this.#view.choice
    const isRelative = colours === 'relative'
    for (const { run, layer } of this.#layers) layer.root.hidden = hidden.has(run.job.id)
    const shown = this.#shownLayers.map(({ run, layer }) => ({
      run,
      layer,
      grid: layer.grid('h', isRelative),
      ...layer.reach('h'),
    }))
    const scale = chooseScale(colours, mergeDecades(shown.map(({ grid }) => survey(grid.values).decades)))
    for (const { run, layer, grid, reach } of shown)
      layer.draw(grid, reach, {
        range: this.#range,
        timesteps: { from: 1, to: gradientWindow(run.job.spec) },
        scale,
        quantity: isRelative ? 'norm relative to t = T' : 'norm',
      })
    setAttribute(this.#maps, 'data-runs', String(shown.length))
    this.#bar.show(scale, 'Colours: ‖∂L/∂hₜ‖')
    this.#specials.show(addCounts(shown.map(({ grid }) => grid.counts)))
    this.#drawProfile()
  }

  #drawProfile(): void {
    const { colours } = this.#view.choice
    const shown = this.#shownLayers.map(({ run, layer }) => ({ run, grid: layer.grid('h', colours === 'relative') }))
    const { pointed, pinned } = this.#cursor
    this.#profile.draw({
      grids: shown.map(({ run, grid }) => ({ name: run.job.id, grid })),
      step: pointed ?? pinned,
      isPinned: pointed === null && pinned !== null,
      timesteps: { from: 1, to: Math.max(2, ...shown.map(({ run }) => gradientWindow(run.job.spec))) },
      lag: undefined,
    })
  }
}
