import type { Column, Table } from './columns.ts'
import type { ProbeFlow } from '@unroll/client'

export type ProbeLayer = ProbeFlow['layers'][number]

/** φ(k) of one layer as a table over k, in column `phi`, and β^k φ(0) in column `fit` where β is known. Exact zero is 0. */
export function probeCurve({ log10_phi: logs, beta }: ProbeLayer): Table {
  const [first = Number.NaN] = logs
  const phi = logs.map((log10) => 10 ** log10)
  const fit = logs.map((_, k) => 10 ** (first + k * Math.log10(beta ?? Number.NaN)))
  const columns = new Map([['phi', columnOf(phi)]])
  // Beyond what a float holds there is no curve to compare with.
  if (beta !== null && beta > 0 && Number.isFinite(first))
    columns.set(
      'fit',
      columnOf(fit, (value) => value > 1e-38),
    )
  return { steps: Float64Array.from(logs.keys()), columns }
}

function columnOf(values: readonly number[], isShown: (value: number) => boolean = () => true): Column {
  return { values: Float64Array.from(values), present: Uint8Array.from(values, (value) => Number(isShown(value))) }
}
