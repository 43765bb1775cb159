import { LineChart } from '../../charts/line.ts'
import { drawHeat } from '../../charts/unit_heat.ts'
import { cellWords, marginTable, toHeatColumns } from '../../data/matrix_view.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import { onThemeChange } from '../../theme.ts'
import type { Job, MatrixOfLayers } from '@unroll/client'
import { chartPanel, layerSelect } from '../shared/chart_panel.ts'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 2_000
const HEIGHT = 180

/** The newest itemised matrix of one layer, a triangle: how much the loss of each source teaches the state of each time step. */
export class MatrixPanel {
  readonly root: HTMLElement
  readonly #heat: HTMLCanvasElement = element('canvas', {
    class: 'heat matrix-heat',
    testId: 'matrix-heat',
    attributes: { role: 'img', 'aria-label': 'Itemised matrix' },
  })
  readonly #margins: LineChart
  readonly #words: HTMLElement = element('p', { testId: 'matrix-words', text: 'Nothing observed yet.' })
  #layer = 0
  #matrix: MatrixOfLayers | undefined

  constructor(context: RunContext, { id, spec }: Job) {
    const { signal } = context
    this.#margins = new LineChart({
      label: 'Flow, and what the last source alone sends back, by time step, log axis',
      testId: 'chart-matrix',
      series: [
        { name: 'flow', label: 'all sources together: the flow', colour: '--series-1' },
        { name: 'last', label: 'the last source alone: the probe flow', colour: '--series-2', below: true },
      ],
      log: true,
      height: HEIGHT,
      axis: { name: 'time step t', unit: 't =' },
      signal,
    })
    const layer = layerSelect(spec, { testId: 'matrix-layer', signal }, (chosen) => {
      this.#layer = chosen
      this.#draw()
    })
    this.root = chartPanel(
      {
        title: 'Who teaches whom',
        note: '‖∂L_s/∂hₜ‖: time step t from left to right, the loss of time steps s from below',
        controls: layer,
      },
      this.#words,
      this.#heat,
      this.#margins.root,
    )
    this.root.hidden = true
    this.#heat.addEventListener('pointermove', (event) => this.#point(event), { signal })
    this.#heat.addEventListener('pointerleave', () => this.#describe(), { signal })
    onThemeChange(() => this.#draw(), signal)
    if ((spec.observe as Partial<Job['spec']['observe']>).matrix_every)
      followRun(context, EVERY_MS, async () => {
        this.#matrix = await context.client.jobs.matrix(id, {}, { signal })
        this.#draw()
      })
  }

  #draw(): void {
    const layer = this.#matrix?.layers[this.#layer]
    if (layer === undefined) return
    this.root.hidden = false
    drawHeat(this.#heat, 'log', toHeatColumns(layer))
    const label = `Itemised matrix of ${formatCount(layer.sources.length)} sources over ${formatCount(layer.flow.length)} time steps`
    setAttribute(this.#heat, 'aria-label', label)
    this.#describe()
    this.#margins.draw({
      table: marginTable(layer),
      range: { from: 1, to: Math.max(2, layer.flow.length) },
      guides: [],
    })
  }

  #describe(): void {
    setText(this.#words, `Training step ${formatCount(this.#matrix?.step ?? 0)}, norms over six decades.`)
  }

  /** Says what the cell below the pointer is. */
  #point({ offsetX, offsetY }: PointerEvent): void {
    const layer = this.#matrix?.layers[this.#layer]
    if (layer === undefined) return
    const t = 1 + indexAt(offsetX / this.#heat.clientWidth, layer.flow.length)
    const source = layer.sources.length - 1 - indexAt(offsetY / this.#heat.clientHeight, layer.sources.length)
    setText(this.#words, `${cellWords(layer, source, t)}.`)
  }
}

/** Which of `count` equal parts a share of the whole is in. */
function indexAt(share: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(share * count)))
}
