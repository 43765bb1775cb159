import type { MetricRow } from '@unroll/contract'
import type { Placed } from '@unroll/store'

/** Values of one series, one for each row. */
export interface Column {
  values: Float64Array
  /** 1 where the series was measured. Left out when it was in every row. */
  present?: Uint8Array
}

/** Rows of scalars of one epoch as columns, in ascending order of their steps. */
export interface Block {
  epoch: number
  seqs: Uint32Array
  steps: Float64Array
  columns: Map<string, Column>
}

/** The columns of rows that are all of one epoch. */
export function blockOf(rows: readonly Placed<MetricRow>[]): Block {
  const names = new Set(rows.flatMap(({ row }) => Object.keys(row.series)))
  return {
    epoch: rows[0]?.at.epoch ?? 0,
    seqs: Uint32Array.from(rows, ({ at }) => at.seq),
    steps: Float64Array.from(rows, ({ row }) => row.step),
    columns: new Map([...names].map((name) => [name, columnOf(rows, name)])),
  }
}

function columnOf(rows: readonly Placed<MetricRow>[], name: string): Column {
  const values = new Float64Array(rows.length)
  const present = new Uint8Array(rows.length)
  for (const [at, { row }] of rows.entries()) {
    const value = row.series[name]
    if (value === undefined) continue
    values[at] = value
    present[at] = 1
  }
  return present.includes(0) ? { values, present } : { values }
}

/** Whether a column has a value in rows `from` … `to - 1`. */
export function hasValue({ present }: Column, from: number, to: number): boolean {
  return present === undefined ? to > from : present.subarray(from, Math.max(from, to)).includes(1)
}

/** Rows `from` … `to - 1` of a block. */
export function rowsOf({ epoch, seqs, steps, columns }: Block, from: number, to: number): Placed<MetricRow>[] {
  const rows: Placed<MetricRow>[] = []
  for (let at = from; at < to; at++) {
    const series: Record<string, number> = {}
    for (const [name, { values, present }] of columns) {
      const value = values[at]
      if (value !== undefined && present?.[at] !== 0) series[name] = value
    }
    rows.push({ at: { epoch, seq: seqs[at] ?? 0 }, row: { step: steps[at] ?? 0, series } })
  }
  return rows
}

/** Index of the first of ascending `numbers` that is at least `least`. */
export function lowerBound(numbers: Uint32Array | Float64Array, least: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? Infinity) < least) low = middle + 1
    else high = middle
  }
  return low
}
