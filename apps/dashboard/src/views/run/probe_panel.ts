import { LineChart } from '../../charts/line.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import { probeCurve, reachWords } from '../../data/probe_curve.ts'
import type { Job, ProbeFlow } from '@unroll/client'
import { chartPanel, layerSelect } from '../shared/chart_panel.ts'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 2_000
const HEIGHT = 240

/** The newest probe flow of one layer, with β and its horizon: how far the gradient of the last loss reaches back. */
export class ProbePanel {
  readonly root: HTMLElement
  readonly #chart: LineChart
  readonly #words: HTMLElement = element('p', { testId: 'probe-fit', text: 'Nothing observed yet.' })
  #layer = 0
  #probe: ProbeFlow | undefined

  constructor(context: RunContext, { id, spec }: Job) {
    const { signal } = context
    this.#chart = new LineChart({
      label: 'Probe flow by steps back in time, log axis',
      testId: 'chart-probe',
      series: [
        { name: 'phi', label: 'φ(k)', colour: '--series-1' },
        { name: 'fit', label: 'fit, ∝ βᵏ', colour: '--series-2', below: true },
      ],
      log: true,
      height: HEIGHT,
      axis: { name: 'steps back in time k', unit: 'k =' },
      signal,
    })
    const layer = layerSelect(spec, { testId: 'probe-layer', signal }, (chosen) => {
      this.#layer = chosen
      this.#draw()
    })
    this.root = chartPanel(
      {
        title: 'Reach of the gradient',
        note: 'probe flow φ(k) = ‖∂L_T/∂h_{T−k}‖, of the loss of the last time step alone',
        controls: layer,
      },
      this.#words,
      this.#chart.root,
    )
    this.root.hidden = true
    followRun(context, EVERY_MS, async () => {
      this.#probe = await context.client.jobs.probe(id, {}, { signal })
      this.#draw()
    })
  }

  #draw(): void {
    const layer = this.#probe?.layers[this.#layer]
    if (this.#probe === undefined || layer === undefined) return // a run without a probe flow has no panel
    this.root.hidden = false
    const { step, epsilon, timesteps } = this.#probe
    setText(this.#words, `Training step ${formatCount(step ?? 0)}: ${reachWords(layer, timesteps)}`)
    setAttribute(this.root, 'data-horizon', String(layer.horizon))
    setAttribute(this.root, 'data-reach', layer.reach)
    const [first = Number.NaN] = layer.log10_phi
    const at = epsilon * 10 ** first
    const guides =
      Number.isFinite(at) && at > 0 ? [{ at, label: `ε φ(0), ε = ${epsilon}`, colour: '--guide' as const }] : []
    this.#chart.draw({ table: probeCurve(layer), range: { from: 0, to: Math.max(1, timesteps - 1) }, guides })
  }
}
