import type { Cursor, LayerFlow, MetricRow } from '@unroll/contract'

// Rows become columns when they enter the store, and are columns from there to the chart.

/** Rows of one epoch, in ascending order of their steps. */
export interface Block {
  epoch: number
  /** Sequence numbers within the epoch. */
  seqs: Uint32Array
  steps: Float64Array
}

/** Values of one series, one for each row. */
export interface Column {
  values: Float64Array
  /** 1 if the series was measured. Absent if it was measured in every row. */
  present?: Uint8Array
}

/** A column for each series that was measured in any of the rows. */
export interface ScalarBlock extends Block {
  columns: Map<string, Column>
}

/** The total flow of every layer, for each row. */
export interface FlowBlock extends Block {
  flow: LayerFlow[][]
}

/** Rows of scalars and rows of flow are stored separately. */
export type RowKind = 'scalars' | 'flow'

export interface BlockOf {
  scalars: ScalarBlock
  flow: FlowBlock
}

/** The columns of rows with ascending sequence numbers from `firstSeq`. */
export function scalarBlock(epoch: number, firstSeq: number, rows: readonly MetricRow[]): ScalarBlock {
  const columns = new Map<string, Required<Column>>()
  for (const [at, { series }] of rows.entries()) {
    for (const name in series) {
      let column = columns.get(name)
      if (column === undefined) columns.set(name, (column = emptyColumn(rows.length)))
      column.values[at] = series[name] ?? Number.NaN
      column.present[at] = 1
    }
  }
  return {
    epoch,
    seqs: Uint32Array.from(rows, (_, at) => firstSeq + at),
    steps: Float64Array.from(rows, ({ step }) => step),
    columns: withoutFullMasks(columns),
  }
}

/** Rows `from` … `to - 1`, as views; for scalars the columns with a value there. */
export function sliceBlock<Any extends ScalarBlock | FlowBlock>(block: Any, from: number, to: number): Any
export function sliceBlock(block: ScalarBlock | FlowBlock, from: number, to: number): ScalarBlock | FlowBlock {
  const { epoch, seqs, steps } = block
  if (from === 0 && to === steps.length) return block
  const rows = { epoch, seqs: seqs.subarray(from, to), steps: steps.subarray(from, to) }
  if ('flow' in block) return { ...rows, flow: block.flow.slice(from, to) }
  const columns = new Map<string, Column>()
  for (const [name, column] of block.columns) {
    if (!hasValue(column, from, to)) continue
    const { values, present } = column
    columns.set(name, {
      values: values.subarray(from, to),
      ...(present !== undefined && { present: present.subarray(from, to) }),
    })
  }
  return { ...rows, columns }
}

/** The rows of consecutive blocks of one epoch. */
export function joinBlocks<Any extends ScalarBlock | FlowBlock>(blocks: readonly Any[]): Any
export function joinBlocks(blocks: readonly (ScalarBlock | FlowBlock)[]): ScalarBlock | FlowBlock {
  const rows = {
    epoch: blocks[0]?.epoch ?? 0,
    seqs: Uint32Array.from(blocks.flatMap(({ seqs }) => Array.from(seqs))),
    steps: Float64Array.from(blocks.flatMap(({ steps }) => Array.from(steps))),
  }
  const flows = blocks.flatMap((block) => ('flow' in block ? [block.flow] : []))
  if (flows.length === blocks.length) return { ...rows, flow: flows.flat() }
  const columns = new Map<string, Required<Column>>()
  let start = 0
  for (const block of blocks) {
    for (const [name, { values, present }] of 'columns' in block ? block.columns : []) {
      let column = columns.get(name)
      if (column === undefined) columns.set(name, (column = emptyColumn(rows.steps.length)))
      column.values.set(values, start)
      column.present.set(present ?? new Uint8Array(values.length).fill(1), start)
    }
    start += block.steps.length
  }
  return { ...rows, columns: withoutFullMasks(columns) }
}

/** Rows of all blocks. */
export function countRows(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { steps }) => sum + steps.length, 0)
}

/** Rows `from` … `to - 1` of consecutive blocks. */
export function sliceRows<Any extends ScalarBlock | FlowBlock>(
  blocks: readonly Any[],
  from: number,
  to: number,
): Any[] {
  let start = 0
  return blocks.flatMap((block) => {
    const { length } = block.steps
    const [first, last] = [Math.max(0, from - start), Math.min(length, to - start)]
    start += length
    return first < last ? [sliceBlock(block, first, last)] : []
  })
}

/** The cursor of the last row of a block. */
export function blockEnd({ epoch, seqs }: Block): Cursor {
  return { epoch, seq: seqs.at(-1) ?? 0 }
}

/** Whether a column has a value in rows `from` … `to - 1`. */
export function hasValue({ present }: Column, from: number, to: number): boolean {
  return present === undefined ? to > from : present.subarray(from, Math.max(from, to)).includes(1)
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

/** Index of the first row after `cursor`. */
export function firstBehind({ epoch, seqs }: Block, cursor: Cursor): number {
  if (epoch !== cursor.epoch) return epoch > cursor.epoch ? 0 : seqs.length
  return lowerBound(seqs, cursor.seq + 1)
}

function emptyColumn(rows: number): Required<Column> {
  return { values: new Float64Array(rows), present: new Uint8Array(rows) }
}

function withoutFullMasks(columns: ReadonlyMap<string, Required<Column>>): Map<string, Column> {
  return new Map(
    Array.from(columns, ([name, { values, present }]) => [
      name,
      present.includes(0) ? { values, present } : { values },
    ]),
  )
}
