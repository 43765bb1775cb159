import { formatCount, formatValue } from '../format.ts'
import type { Column, Table } from './columns.ts'
import type { ProbeFlow } from '@unroll/client'

export type ProbeLayer = ProbeFlow['layers'][number]

/** The smallest value of the fit that is drawn: below the range of a float there is no curve to compare. */
const SMALLEST = 1e-38

/**
 * φ(k) of one layer as a table over k, in column `phi`, and, if β is known, the closest line of slope log β, in column
 * `fit`. An exact zero is 0.
 */
export function probeCurve({ log10_phi: logs, beta }: ProbeLayer): Table {
  const columns = new Map([['phi', toColumn(logs.map((log10) => 10 ** log10))]])
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

/** How far the gradient of one layer reaches back over a window of T steps, and its β. */
export function reachWords({ reach, horizon, beta }: ProbeLayer, T: number): string {
  if (reach === 'zero') return 'no gradient at all: φ is exactly zero'
  if (reach === 'not_finite') return 'unknown how far it reaches: φ is Inf or NaN'
  const steps = reach === 'ends' ? `${formatCount(horizon ?? 0)} of ${formatCount(T)}` : `all ${formatCount(T)}`
  return `reaches ${steps} steps back, ${beta === null ? 'β unknown' : `β = ${formatValue(beta)} a step`}`
}

function toColumn(values: readonly number[], isShown: (value: number) => boolean = () => true): Column {
  return { values: Float64Array.from(values), present: Uint8Array.from(values, (value) => Number(isShown(value))) }
}
