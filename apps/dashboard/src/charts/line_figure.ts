// What a line chart has to export: its drawing as shapes, its columns as a sheet.

import type uPlot from 'uplot'
import type { Column, Table } from '../data/columns.ts'
import { themeColour, type ThemeColour } from '../theme.ts'
import type { Drawing } from './decimate.ts'
import type { Figure, FigureShape, Sheet } from './figure.ts'
import type { StepRange } from './frame.ts'
import type { LineSeries } from './line_options.ts'
import type { Guide, Upright } from './overlay.ts'
import type { Tick } from './ticks.ts'

export interface LineFigure {
  readonly title: string
  readonly plot: uPlot
  readonly drawing: Drawing
  readonly series: readonly LineSeries[]
  /** In values of the axis. */
  readonly guides: readonly Guide[]
  /** In places of the axis. */
  readonly uprights: readonly Upright[]
  readonly names: { readonly x: string; readonly y: string }
  readonly ticks: { readonly x: readonly Tick[]; readonly y: readonly Tick[] }
}

export function buildLineFigure({ title, plot, drawing, series, guides, uprights, names, ticks }: LineFigure): Figure {
  const { width, height } = { width: plot.over.clientWidth, height: plot.over.clientHeight }
  const toX = (x: number) => plot.valToPos(x, 'x')
  const toY = (y: number) => plot.valToPos(y, 'y')
  const shown = series.flatMap((each, at) => ((drawing.points[at] ?? 0) > 0 ? [{ ...each, at }] : []))
  return {
    title,
    width,
    height,
    x: { name: names.x, ticks: ticks.x.map(({ at, label }) => ({ at: toX(at), label })) },
    y: { name: names.y, ticks: ticks.y.map(({ at, label }) => ({ at: toY(at), label })) },
    shapes: [
      ...uprights.map(({ step, colour, isDashed = false }) => line(`M${toX(step)} 0V${height}`, colour, isDashed)),
      ...shown.flatMap(({ at, colour }) => [
        ...drawBand(drawing, at, { toX, toY, colour }),
        {
          kind: 'path',
          d: trace(drawing.x, drawing.y[at] ?? [], toX, toY),
          colour: themeColour(colour),
          width: 1.5,
        } as const,
      ]),
      ...guides.flatMap(({ at, label, colour }): FigureShape[] => [
        line(`M0 ${toY(at)}H${width}`, colour, true),
        { kind: 'text', x: width - 4, y: toY(at) - 4, text: label, colour: themeColour(colour), anchor: 'end' },
      ]),
      ...drawing.marks.map(({ step, kind }): FigureShape => {
        const isLow = kind === 'zero' || kind === '-infinity'
        const text = kind === 'nan' ? '×' : isLow ? '▼' : '▲'
        return {
          kind: 'text',
          x: toX(step),
          y: isLow ? height - 4 : 14,
          text,
          colour: themeColour('--alert'),
          anchor: 'start',
        }
      }),
    ],
    legend: shown.map(({ label, colour }) => ({ label, colour: themeColour(colour) })),
  }
}

function line(d: string, colour: ThemeColour, dash: boolean): FigureShape {
  return { kind: 'path', d, colour: themeColour(colour), width: 1, dash }
}

function drawBand(
  { bands }: Drawing,
  at: number,
  { toX, toY, colour }: { toX: (x: number) => number; toY: (y: number) => number; colour: ThemeColour },
): FigureShape[] {
  const boxes = (bands[at] ?? []).map(({ from, to, least, greatest }) => {
    const [left, right, top, bottom] = [toX(from - 1), toX(to), toY(greatest), toY(least)].map((px) => px.toFixed(2))
    return `M${left} ${top}H${right}V${bottom}H${left}Z`
  })
  return boxes.length === 0 ? [] : [{ kind: 'area', d: boxes.join(''), colour: themeColour(colour) }]
}

/** A path through the points: null breaks it, undefined does not. */
function trace(
  xs: readonly number[],
  ys: readonly (number | null | undefined)[],
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  let isBroken = true
  const parts: string[] = []
  for (const [at, y] of ys.entries()) {
    if (y === undefined) continue
    if (y !== null) parts.push(`${isBroken ? 'M' : 'L'}${toX(xs[at] ?? 0).toFixed(2)} ${toY(y).toFixed(2)}`)
    isBroken = y === null
  }
  return parts.join('')
}

/** The rows within a range: a column for each series, and for buckets also of its least and greatest value. */
export function buildSheet(
  { steps, columns }: Table,
  { series, range, unit }: { series: readonly LineSeries[]; range: StepRange; unit: string },
): Sheet {
  const known = series.flatMap(({ name }) => {
    const column = columns.get(name)
    return column !== undefined && column.present.includes(1) ? [{ name, column }] : []
  })
  const rows: (number | null)[][] = []
  for (const [row, step] of steps.entries()) {
    if (step < range.from || step > range.to) continue
    rows.push([step, ...known.flatMap(({ column }) => readCells(column, row))])
  }
  const names = known.flatMap(({ name, column: { spread } }) =>
    spread === undefined ? [name] : [name, `${name} least`, `${name} greatest`],
  )
  return { columns: [unit, ...names], rows }
}

function readCells({ values, present, spread }: Column, row: number): (number | null)[] {
  const value = present[row] === 1 ? (values[row] ?? null) : null
  if (spread === undefined) return [value]
  const isKnown = (spread.n[row] ?? 0) > 0
  return [value, isKnown ? (spread.least[row] ?? null) : null, isKnown ? (spread.greatest[row] ?? null) : null]
}
