// The figures of a sweep: its runs over the fields they differ in, and the objective against each field.

import { viridis, cssColour } from '@unroll/client'
import type { Figure, FigureShape } from '../../charts/figure.ts'
import { linearTicks, logTicks, type Tick } from '../../charts/ticks.ts'
import { isWide, toText, type Measured, type SweepField } from '../../data/sweep_importance.ts'
import { formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import { themeColour } from '../../theme.ts'

/** A scale of one axis: where a value is, from 0 to 1; NaN where it has no place. */
interface Scale {
  readonly place: (value: unknown) => number
  /** Ticks at shares from 0 to 1. */
  readonly ticks: readonly Tick[]
}

interface Plot {
  readonly width: number
  readonly height: number
}

/** The objective against one field: a dot for each run; what is NaN or infinite is above the others. */
export function scatterFigure(
  field: SweepField,
  runs: readonly Measured[],
  { metric, ...plot }: Plot & { metric: string },
): Figure {
  const [x, y] = [scaleField(field, runs), scaleObjective(runs)]
  const toY = (value: number) => plot.height * (1 - y.place(value))
  const shapes = runs.map((run): FigureShape => {
    const left = plot.width * x.place(run.changes[field.field])
    const linked = { href: jobHref(run.job), words: runWords(run, metric) }
    if (Number.isFinite(run.objective))
      return { kind: 'dot', x: left, y: toY(run.objective), colour: themeColour('--series-1'), ...linked }
    const cross = `M${left - 4} -2l8 8m0 -8l-8 8`
    return { kind: 'path', d: cross, colour: themeColour('--alert'), width: 2, ...linked }
  })
  return {
    title: `${metric} by ${fieldWords(field.field)}`,
    ...plot,
    x: { name: fieldWords(field.field), ticks: x.ticks.map(({ at, label }) => ({ at: at * plot.width, label })) },
    y: { name: metric, ticks: y.ticks.map(({ at, label }) => ({ at: plot.height * (1 - at), label })) },
    shapes,
    legend: [],
  }
}

/** Runs as lines through an axis for each field and one for the objective, coloured from the best to the worst. */
export function parallelFigure(
  fields: readonly SweepField[],
  runs: readonly Measured[],
  { metric, goal, ...plot }: Plot & { metric: string; goal: 'min' | 'max' },
): Figure {
  const objective = scaleObjective(runs)
  const axes = [
    ...fields.map((field) => ({
      name: fieldWords(field.field),
      scale: scaleField(field, runs),
      read: (run: Measured): unknown => run.changes[field.field],
    })),
    { name: metric, scale: objective, read: (run: Measured): unknown => run.objective },
  ]
  const left = (at: number) => (plot.width * at) / Math.max(1, axes.length - 1)
  const top = 18
  const toY = (share: number) => top + (plot.height - top) * (1 - share)
  const worstFirst = runs.toSorted((a, b) => cost(b, goal) - cost(a, goal))
  const lines = worstFirst.map((run, at): FigureShape => {
    const points = axes.flatMap(({ scale, read }, axis) => {
      const share = scale.place(read(run))
      return Number.isNaN(share) ? [] : [`${left(axis).toFixed(1)} ${toY(share).toFixed(1)}`]
    })
    const colour = Number.isFinite(run.objective)
      ? cssColour(viridis(0.92 - (0.92 * at) / Math.max(1, runs.length - 1)))
      : themeColour('--alert')
    const isBest = at === runs.length - 1
    return {
      kind: 'path',
      d: `M${points.join('L')}`,
      colour,
      width: isBest ? 3.5 : 1.75,
      href: jobHref(run.job),
      words: runWords(run, metric),
    }
  })
  const rules = axes.flatMap(({ scale, name }, at) => {
    const place = { left: left(at), top, bottom: plot.height, toY }
    return drawRule({ scale, name }, at === axes.length - 1 ? 'end' : 'start', place)
  })
  const none = { name: '', ticks: [] }
  return {
    title: 'Runs by the fields they differ in',
    ...plot,
    x: none,
    y: none,
    shapes: [...lines, ...rules],
    legend: [],
  }
}

interface RulePlace {
  readonly left: number
  readonly top: number
  readonly bottom: number
  readonly toY: (share: number) => number
}

/** An upright axis with its name above it and its ticks on one side. */
function drawRule(
  { scale, name }: { scale: Scale; name: string },
  anchor: 'start' | 'end',
  { left, top, bottom, toY }: RulePlace,
): FigureShape[] {
  const x = left + (anchor === 'end' ? -5 : 5)
  return [
    { kind: 'path', d: `M${left} ${top}V${bottom}`, colour: themeColour('--muted'), width: 1 },
    { kind: 'text', x: left, y: 6, text: name, colour: themeColour('--text'), anchor },
    ...scale.ticks.map(({ at, label }): FigureShape => {
      return { kind: 'text', x, y: toY(at) + 4, text: label, colour: themeColour('--muted'), anchor }
    }),
  ]
}

/** `/optimizer/learning_rate` as `optimizer.learning_rate`. */
export function fieldWords(field: string): string {
  return field.replace(/^\//, '').replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
}

function runWords({ trial, rung, changes, objective }: Measured, metric: string): string {
  const values = Object.entries(changes).map(
    ([field, value]) => `${fieldWords(field)} ${typeof value === 'number' ? formatValue(value) : toText(value)}`,
  )
  return [`trial ${trial}`, `rung ${rung}`, ...values, `${metric} ${formatValue(objective)}`].join(' · ')
}

function cost({ objective }: Measured, goal: 'min' | 'max'): number {
  if (Number.isNaN(objective)) return Infinity
  return goal === 'min' ? objective : -objective
}

function scaleField(field: SweepField, runs: readonly Measured[]): Scale {
  if (field.isNumeric)
    return scaleNumbers(
      runs.map(({ changes }) => Number(changes[field.field])),
      field.isLog,
    )
  const { values } = field
  const place = (value: unknown) => (values.indexOf(toText(value)) + 0.5) / Math.max(1, values.length)
  return { place, ticks: values.map((label) => ({ at: place(label), label })) }
}

/** Numbers that are not finite have the upper end. */
function scaleObjective(runs: readonly Measured[]): Scale {
  const numbers = runs.map(({ objective }) => objective)
  const { place, ticks } = scaleNumbers(numbers, isWide(numbers))
  return { place: (value) => (Number.isFinite(Number(value)) ? place(value) : 1), ticks }
}

function scaleNumbers(numbers: readonly number[], isLog: boolean): Scale {
  const known = numbers.filter(Number.isFinite).map((number) => (isLog ? Math.log10(number) : number))
  const [least, greatest] = known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)]
  const room = (greatest - least || Math.abs(greatest) || 1) * 0.06
  const range = { min: least - room, max: greatest + room }
  const toShare = (at: number) => (at - range.min) / (range.max - range.min)
  const ticks = (isLog ? logTicks : linearTicks)(range, 5).map(({ at, label }) => ({ at: toShare(at), label }))
  return {
    place: (value) => (typeof value === 'number' ? toShare(isLog ? Math.log10(value) : value) : Number.NaN),
    ticks,
  }
}
