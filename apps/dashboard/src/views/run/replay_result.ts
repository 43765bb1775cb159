import { LineChart } from '../../charts/line.ts'
import type { Table } from '../../data/columns.ts'
import { flowTable, insideTable, listInside, verifiedWords, type ReplayedLayer } from '../../data/replay_view.ts'
import { element } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import { SERIES_COLOURS } from '../../theme.ts'
import { originWords, type Replay } from '@unroll/client'

const HEIGHT = 180
const SHOWN = ['loss', 'grad_norm', 'grad_norm_clipped'] as const

/** A past step as it was computed again: how it compares with the run, where it is not finite, its flow, its gates and states. */
export function showReplay({ step, status, result, error }: Replay, signal: AbortSignal): HTMLElement[] {
  const head = element('h3', { text: `Step ${formatCount(step)}`, testId: 'replayed-step' })
  if (error !== null) return [head, element('p', { class: 'fault', text: error.message })]
  if (result === null) {
    const words = status === 'queued' ? 'Waits for a worker …' : 'A worker computes it …'
    return [head, element('p', { class: 'quiet', text: words })]
  }
  const { series, layers, origin } = result
  const figures = SHOWN.filter((name) => series[name] !== undefined)
  return [
    head,
    element('p', { class: 'quiet', text: verifiedWords(result), testId: 'replay-verified' }),
    ...(origin === null
      ? []
      : [element('p', { class: 'fault', text: `Not finite ${originWords(origin)}.`, testId: 'replay-origin' })]),
    element(
      'dl',
      { class: 'figures-small' },
      ...figures.map((name) =>
        element(
          'div',
          {},
          element('dt', { text: name }),
          element('dd', { text: formatValue(series[name] ?? Number.NaN) }),
        ),
      ),
    ),
    chart({
      label: 'Gradient norm by time step of the replayed step, log axis',
      testId: 'chart-replay-flow',
      lines: layers.map(({ name }) => ({ name, label: `‖∂L/∂hₜ‖, ${name}` })),
      isLog: true,
      table: flowTable(layers),
      signal,
    }),
    ...layers.flatMap((layer) => inside(layer, signal)),
  ]
}

function inside(layer: ReplayedLayer, signal: AbortSignal): HTMLElement[] {
  const lines = listInside(layer)
  if (lines.length === 0) return []
  const label = `Gates and states of ${layer.name} by time step of the replayed step`
  const testId = `chart-replay-${layer.name.replaceAll('.', '-')}`
  return [
    element('h4', { text: layer.name }),
    chart({ label, testId, lines, isLog: false, table: insideTable(layer), signal }),
  ]
}

interface ChartOptions {
  label: string
  testId: string
  lines: readonly { name: string; label: string }[]
  isLog: boolean
  table: Table
  signal: AbortSignal
}

function chart({ label, testId, lines, isLog, table, signal }: ChartOptions): HTMLElement {
  const drawn = new LineChart({
    label,
    testId,
    series: lines.map((line, at) => ({
      name: line.name,
      label: line.label,
      colour: SERIES_COLOURS[at % SERIES_COLOURS.length] ?? '--series-1',
    })),
    log: isLog,
    height: HEIGHT,
    axis: { name: 'time step t', unit: 't =' },
    signal,
  })
  drawn.draw({ table, range: { from: 1, to: Math.max(2, table.steps.length) }, guides: [] })
  return drawn.root
}
