import { LineChart } from '../../charts/line.ts'
import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatCount } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import { probeCurve, reachWords } from '../../data/probe_curve.ts'
import { isFinal, type Job, type JobStatus, type ProbeFlow } from '@unroll/client'
import { chartPanel } from '../shared/chart_panel.ts'

const EVERY_MS = 2_000
const HEIGHT = 240

/** The newest probe flow of one layer, with β and its horizon: how far the gradient of the last loss reaches back. */
export class ProbePanel {
  readonly root: HTMLElement
  readonly #chart: LineChart
  readonly #words: HTMLElement = element('p', { testId: 'probe-fit', text: 'Nothing observed yet.' })
  readonly #layer: HTMLSelectElement
  #probe: ProbeFlow | undefined
  #isFinal = false

  constructor(context: ViewContext, { id, spec }: Job) {
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
    const layers = Array.from({ length: spec.model.layers }, (_, layer) => String(layer))
    const options = layers.map((layer) => element('option', { text: layer, attributes: { value: layer } }))
    this.#layer = element('select', { testId: 'probe-layer' }, ...options)
    this.#layer.addEventListener('change', () => this.#draw(), { signal })
    const choice = element('label', { class: 'field' }, 'Layer ', this.#layer)
    this.root = chartPanel(
      {
        title: 'Reach of the gradient',
        note: 'probe flow φ(k) = ‖∂L_T/∂h_{T−k}‖, of the loss of the last time step alone',
        controls: layers.length > 1 ? [choice] : [],
      },
      this.#words,
      this.#chart.root,
    )
    this.root.hidden = true
    const tick = async () => {
      const wasFinal = this.#isFinal
      this.#probe = await context.client.jobs.probe(id, {}, { signal })
      this.#draw()
      return wasFinal ? 'stop' : 'later'
    }
    void poll(tick, { everyMs: EVERY_MS, ...context })
  }

  /** The probe flow is read once more after the end. */
  jobIs(status: JobStatus): void {
    this.#isFinal = isFinal(status)
  }

  #draw(): void {
    const layer = this.#probe?.layers[Number(this.#layer.value)]
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
