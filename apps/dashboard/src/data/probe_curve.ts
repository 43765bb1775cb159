import { formatCount, formatValue } from '../format.ts'
import type { Column, Table } from './columns.ts'
import type { ProbeFlow } from '@unroll/client'

export type ProbeLayer = ProbeFlow['layers'][number]

/** The smallest value of the fit that is drawn: below the range of a number there is no curve to compare. */
const SMALLEST = 1e-300

/**
 * φ(k) of one layer as a table over k, in column `phi`, and, if β is known, the closest line of slope log β, in column
 * `fit`. An exact zero is 0; what is nearer to it than any number is drawn as the smallest number.
 */
export function probeCurve({ log10_phi: logs, beta }: ProbeLayer): Table {
  const columns = new Map([['phi', toColumn(logs.map(toNorm))]])
  const slope = Math.log10(beta ?? 0)
  const end = logs.findIndex((log10) => !Number.isFinite(log10))
  const fitted = end === -1 ? logs : logs.slice(0, end)
  if (Number.isFinite(slope) && fitted.length > 0) {
    const atZero = fitted.reduce((sum, log10, k) => sum + log10 - k * slope, 0) / fitted.length
    const fit = logs.map((_, k) => 10 ** (atZero + k * slope))
    columns.set(
      'fit',
      toColumn(fit, (value) => value > SMALLEST),
    )
  }
  return { steps: Float64Array.from(logs.keys()), columns }
}

function toNorm(log10: number): number {
  const norm = 10 ** log10
  return norm === 0 && log10 > -Infinity ? Number.MIN_VALUE : norm
}

/** How far the gradient of one layer reaches back over a window of T steps, its β, and where an exact zero comes from. */
export function reachWords(layer: ProbeLayer, T: number): string {
  return `${describeReach(layer, T)}${describeZero(layer)}`
}

/** What the zeros in which a curve ends come from; nothing where there are none, or it was not recorded. */
function describeZero({ log10_phi: logs, rounded }: ProbeLayer): string {
  const start = logs.findLastIndex((log10) => log10 !== -Infinity) + 1
  if (rounded === null || start === logs.length) return ''
  const from = `; φ is an exact zero from k = ${formatCount(start)} on`
  return rounded === 0
    ? `${from}: no path leads further back`
    : `${from}, as the engine rounds ${formatCount(rounded)} derivatives of saturated units to 0`
}

function describeReach({ reach, horizon, beta }: ProbeLayer, T: number): string {
  if (reach === 'zero') return 'no gradient at all: φ is exactly zero'
  if (reach === 'not_finite') return 'unknown how far it reaches: φ is Inf or NaN'
  const steps = reach === 'ends' ? `${formatCount(horizon ?? 0)} of ${formatCount(T)}` : `all ${formatCount(T)}`
  return `reaches ${steps} steps back, ${beta === null ? 'β unknown' : `β = ${formatValue(beta)} a step`}`
}

function toColumn(values: readonly number[], isShown: (value: number) => boolean = () => true): Column {
  return { values: Float64Array.from(values), present: Uint8Array.from(values, (value) => Number(isShown(value))) }
}
