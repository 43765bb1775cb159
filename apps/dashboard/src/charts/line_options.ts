import type uPlot from 'uplot'
import { CANVAS_FONT, themeColour, type ThemeColour } from '../theme.ts'
import { FRAME, xTickCount, yTickCount } from './frame.ts'
import { linearTicks, logTicks, type Range, type Tick } from './ticks.ts'

export interface LineSeries {
  /** Name of the column. */
  readonly name: string
  readonly label: string
  readonly colour: ThemeColour
  /** True for a sparse series, whose values are joined. */
  readonly sparse?: boolean
  /** False to draw no dots for a sparse series. @default true */
  readonly dots?: boolean
  /** True to draw the line below those of the other series. */
  readonly below?: boolean
  /** True to draw the line faded. */
  readonly faded?: () => boolean
}

const POINT_PX = 5
const LABEL_PX = 16

export function seriesOptions({ colour, sparse = false, dots = sparse, faded }: LineSeries): uPlot.Series {
  const stroke = () =>
    faded?.() === true ? `color-mix(in srgb, ${themeColour(colour)} 35%, transparent)` : themeColour(colour)
  // uPlot draws the points of a filter even without dots.
  const filter = sparse ? (dots ? fewPoints : null) : lonelyPoints
  const points = { size: POINT_PX, fill: stroke, show: () => dots, filter }
  return { stroke, width: dots ? 2 : 1.5, points }
}

/** Dots are left out if they would touch, because they would hide the other lines. */
function fewPoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? []
  const measured = Array.from(values, (_, index) => index).filter((index) => (values[index] ?? null) !== null)
  const room = plot.bbox.width / devicePixelRatio / (2 * POINT_PX)
  return measured.length > room ? [] : measured
}

/** A value between two gaps is drawn as a dot, because it makes no line. */
function lonelyPoints(plot: uPlot, series: number): number[] | null {
  const values = plot.data[series] ?? []
  const isGap = (index: number) => (values[index] ?? null) === null
  const lonely = Array.from(values, (_, index) => index).filter(
    (index) => !isGap(index) && isGap(index - 1) && isGap(index + 1),
  )
  return lonely.length === 0 ? null : lonely
}

export interface LineAxesOptions {
  readonly isLog: () => boolean
  /** Size of the whole chart in CSS pixels. */
  readonly height: number
  /** The unit of the horizontal axis. */
  readonly name: () => string
  /** Ticks of the horizontal axis. */
  readonly ticks: (range: Range, count: number) => Tick[]
}

/** A horizontal axis of steps and a vertical one of values. */
export function lineAxes({ isLog, height, name, ticks }: LineAxesOptions): uPlot.Axis[] {
  const rows = yTickCount(height - FRAME.top - FRAME.bottom)
  const x = axisOptions((plot, range) => ticks(range, xTickCount(plot.width - FRAME.left - FRAME.right)))
  const y = axisOptions((_, range) => (isLog() ? logTicks(range, rows) : linearTicks(range, rows)))
  return [
    { ...x, size: FRAME.bottom - LABEL_PX, label: name, labelSize: LABEL_PX, labelFont: CANVAS_FONT, labelGap: 0 },
    { ...y, size: FRAME.left },
  ]
}

function axisOptions(ticks: (plot: uPlot, range: Range) => Tick[]): uPlot.Axis {
  return {
    stroke: () => themeColour('--muted'),
    font: CANVAS_FONT,
    gap: 6,
    grid: { stroke: () => themeColour('--line'), width: 1 },
    ticks: { show: false },
    splits: (plot, _, min, max) => ticks(plot, { min, max }).map(({ at }) => at),
    values: (plot, splits, axis) => {
      const { min = 0, max = 1 } = plot.scales[axis === 0 ? 'x' : 'y'] ?? {}
      const labels = new Map(ticks(plot, { min, max }).map(({ at, label }) => [at, label]))
      return splits.map((at) => labels.get(at) ?? '')
    },
  }
}
