import { LineChart } from '../../charts/line.ts'
import { tableOfFlow, tableOfUpdates } from '../../data/session_tables.ts'
import { element, setText } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import { SERIES_COLOURS } from '../../theme.ts'
import { listLayerNames, type SessionDetail } from '@unroll/client'
import { chartPanel } from '../shared/chart_panel.ts'
import { thresholdGuide } from '../shared/threshold_guide.ts'

const HEIGHT = 220
const UPDATES = { name: 'update', unit: 'update' }

/** Loss and gradient norms of the newest updates, and the flow of the last batch. */
export class SessionCharts {
  readonly roots: readonly HTMLElement[]
  readonly #loss: LineChart
  readonly #norms: LineChart
  readonly #flow: LineChart
  readonly #words: HTMLElement = element('p', { class: 'quiet', testId: 'batch-words' })

  constructor({ spec }: SessionDetail, signal: AbortSignal) {
    const shared = { signal, height: HEIGHT }
    this.#loss = new LineChart({
      ...shared,
      label: 'Loss by update',
      testId: 'session-loss',
      log: false,
      axis: UPDATES,
      series: [{ name: 'loss', label: 'loss', colour: '--series-1' }],
    })
    this.#norms = new LineChart({
      ...shared,
      label: 'Gradient norm by update, log axis',
      testId: 'session-norm',
      log: true,
      axis: UPDATES,
      series: [
        { name: 'grad_norm', label: 'before clipping', colour: '--series-1' },
        { name: 'grad_norm_clipped', label: 'after clipping', colour: '--series-2', below: true },
      ],
    })
    this.#flow = new LineChart({
      ...shared,
      label: 'Gradient norm of the last batch by time step, log axis',
      testId: 'session-flow',
      log: true,
      axis: { name: 'time step t', unit: 't =' },
      series: listLayerNames(spec.model).map((label, layer) => ({
        name: String(layer),
        label,
        colour: SERIES_COLOURS[layer % SERIES_COLOURS.length]!,
        sparse: true,
        dots: false,
      })),
    })
    const newest = 'the newest updates'
    this.roots = [
      chartPanel({ title: 'Loss', note: newest }, this.#loss.root),
      chartPanel({ title: 'Gradient norm', note: `‖g‖ of all parameters, log axis · ${newest}` }, this.#norms.root),
      chartPanel({ title: 'Flow of the last batch', note: '‖∂L/∂h_t‖, log axis' }, this.#words, this.#flow.root),
    ]
  }

  draw({ updates, batch, spec }: SessionDetail): void {
    const table = tableOfUpdates(updates)
    const from = updates[0]?.step ?? 0
    const range = { from, to: Math.max(from + 1, updates.at(-1)?.step ?? 0) }
    this.#loss.draw({ table, range })
    this.#norms.draw({ table, range, guides: thresholdGuide(spec) })
    const flow = tableOfFlow(batch)
    this.#flow.draw({ table: flow, range: { from: 1, to: Math.max(2, flow.steps.length) } })
    setText(this.#words, batchWords(batch))
  }
}

function batchWords(batch: SessionDetail['batch']): string {
  if (batch === null) return 'No batch yet, or its answer is kept no longer.'
  const { loss, grad_norm: norm, targets, accumulated, flow } = batch
  const waits = accumulated.batches > 1 ? `, the last of ${formatCount(accumulated.batches)} of one update` : ''
  const none = flow === undefined ? ' · it was asked for without flow' : ''
  return `Loss ${formatValue(loss)}, ‖g‖ = ${formatValue(norm)}, ${formatCount(targets)} targets${waits}${none}`
}
