import { LineChart } from '../../charts/line.ts'
import type { ViewContext } from '../../context.ts'
import { mergeSeries, type RunSeries } from '../../data/comparison.ts'
import { probeCurve, reachWords, type ProbeLayer } from '../../data/probe_curve.ts'
import { element } from '../../dom/element.ts'
import { chartPanel } from '../shared/chart_panel.ts'
import type { CompareView, ComparedRun } from './compared_runs.ts'

const HEIGHT = 240

interface Probed {
  readonly run: ComparedRun
  readonly layers: readonly ProbeLayer[]
  readonly timesteps: number
}

/** How far the gradient of the last loss reaches back in each run: the newest probe flows over each other. */
export class ComparedReach {
  readonly root: HTMLElement
  readonly #view: CompareView
  readonly #chart: LineChart
  readonly #words: HTMLElement = element('ul', { class: 'reaches', testId: 'compare-reaches' })
  #probed: readonly Probed[] = []

  constructor(context: ViewContext, { runs, view }: { runs: readonly ComparedRun[]; view: CompareView }) {
    const { signal } = context
    this.#view = view
    this.#chart = new LineChart({
      label: 'Probe flow by steps back in time, log axis',
      testId: 'compare-reach',
      series: runs.map(({ job: { id, name }, colour }) => ({
        name: id,
        label: name,
        colour,
        sparse: true,
        dots: false,
      })),
      log: true,
      height: HEIGHT,
      axis: { name: 'steps back in time k', unit: 'k =' },
      signal,
    })
    this.root = chartPanel(
      { title: 'Reach of the gradient', note: 'probe flow φ(k) of the newest observed step, of the last loss alone' },
      this.#chart.root,
      this.#words,
    )
    this.root.hidden = true
    view.onChange(() => this.#draw())
    void this.#load(context, runs)
  }

  async #load({ client, signal }: ViewContext, runs: readonly ComparedRun[]): Promise<void> {
    const all = await Promise.all(
      runs.map(async (run): Promise<Probed | null> => {
        const probe = await client.jobs.probe(run.job.id, {}, { signal }).catch(() => null)
        return probe === null ? null : { run, layers: probe.layers, timesteps: probe.timesteps }
      }),
    )
    this.#probed = all.filter((probed) => probed !== null).filter(({ layers }) => layers.length > 0)
    this.root.hidden = this.#probed.length === 0
    this.#draw()
  }

  #draw(): void {
    const { hidden, layer } = this.#view.choice
    const shown = this.#probed.flatMap((probed) => {
      const of = probed.layers[layer]
      return of === undefined || hidden.has(probed.run.job.id) ? [] : [{ ...probed, of }]
    })
    const parts = shown.flatMap(({ run, of }): RunSeries[] => {
      const { steps, columns } = probeCurve(of)
      const column = columns.get('phi')
      return column === undefined ? [] : [{ name: run.job.id, steps, column }]
    })
    const longest = Math.max(1, ...shown.map(({ timesteps }) => timesteps - 1))
    this.#chart.draw({ table: mergeSeries(parts), range: { from: 0, to: longest } })
    this.#words.replaceChildren(
      ...shown.map(({ run, of, timesteps }) =>
        element('li', {}, element('strong', { text: run.job.name }), ` ${reachWords(of, timesteps)}`),
      ),
    )
  }
}
