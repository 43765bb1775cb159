import type { StepRange } from '../../charts/frame.ts'
import { LineChart } from '../../charts/line.ts'
import type { LineSeries } from '../../charts/line_options.ts'
import type { Guide, Upright } from '../../charts/overlay.ts'
import { nearestIndex, type Column } from '../../data/columns.ts'
import { mergeSeries, type RunSeries } from '../../data/comparison.ts'
import { flowProfile } from '../../data/flow_profile.ts'
import type { FlowGrid } from '../../data/flow_rows.ts'
import { element, setText } from '../../dom/element.ts'
import { formatRange } from '../../format.ts'
import { EPSILON } from './flow_layer.ts'

const HEIGHT = 220

export interface ProfileRows {
  /** The rows of each line. */
  readonly grids: readonly { readonly name: string; readonly grid: FlowGrid }[]
  /** The training step whose row is shown; null for the newest. */
  readonly step: number | null
  readonly isPinned: boolean
  readonly timesteps: StepRange
  readonly lag: { readonly timestep: number; readonly label: string } | undefined
}

/** The norms of one row of the heat maps over time steps, a line for each layer. */
export class FlowProfileChart {
  readonly roots: readonly HTMLElement[]
  readonly #title: HTMLElement = element('h3', { text: 'Newest row' })
  readonly #chart: LineChart

  /** @param series a line for each grid, by its name */
  constructor(series: readonly LineSeries[], testId: string, signal: AbortSignal) {
    this.#chart = new LineChart({
      label: 'Gradient norm by time step',
      testId,
      series: series.map((line) => ({ ...line, sparse: true, dots: false })),
      log: true,
      height: HEIGHT,
      axis: { name: 'time step t', unit: 't =' },
      signal,
    })
    this.roots = [this.#title, this.#chart.root]
  }

  draw({ grids, step, isPinned, timesteps: { from, to }, lag }: ProfileRows): void {
    let guides: Guide[] = []
    const parts: RunSeries[] = []
    for (const { name, grid } of grids) {
      const row = step === null ? grid.steps.length - 1 : nearestIndex(grid.steps, step)
      const { steps, columns } = flowProfile(grid, row)
      const column = columns.get('norm')
      if (column !== undefined) parts.push({ name, steps, column })
      if (grids.length === 1) guides = endGuides(column)
      setText(this.#title, rowWords(grid, row, isPinned))
    }
    const uprights: Upright[] =
      lag === undefined ? [] : [{ step: lag.timestep, colour: '--guide', isDashed: true, label: lag.label }]
    this.#chart.draw({ table: mergeSeries(parts), range: { from, to: Math.max(from + 1, to) }, guides, uprights })
  }
}

/** ε of the norm at the last time step of a profile. */
function endGuides(column: Column | undefined): Guide[] {
  const at = EPSILON * (column?.values.at(-1) ?? Number.NaN)
  return Number.isFinite(at) && at > 0 ? [{ at, label: `${EPSILON} of the norm at t = T`, colour: '--guide' }] : []
}

function rowWords({ steps, spans }: FlowGrid, row: number, isPinned: boolean): string {
  const middle = steps[row]
  if (middle === undefined) return 'Newest row'
  const half = ((spans[row] ?? 1) - 1) / 2
  const words = isPinned ? 'pinned' : row === steps.length - 1 ? 'newest row' : 'row pointed at'
  const greatest = half > 0 ? ', greatest norms' : ''
  return `Training step${half > 0 ? 's' : ''} ${formatRange(middle - half, middle + half)}, ${words}${greatest}`
}
