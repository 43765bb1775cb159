import type { CellRules } from '../table_cells.ts'
import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { LongRows } from './long.ts'
import type { Opened, Reading } from './reader.ts'
import type { Row, TableShape } from './table.ts'
import { WideRows } from './wide.ts'

/** The sequences that the rows of a table are. */
export function tableSequences(
  rows: AsyncIterable<Row[]>,
  shape: TableShape,
  rules: CellRules,
  { options, faults }: Reading,
): Pick<Opened, 'sequences' | 'isLong'> {
  const isLong = shape.layout === 'long'
  const sequences = isLong
    ? longSequences(rows, new LongRows(shape, rules, faults))
    : wideSequences(rows, new WideRows(shape, rules, options))
  return { sequences, isLong }
}

async function* wideSequences(batches: AsyncIterable<Row[]>, wide: WideRows): RawSequences {
  for await (const rows of batches) yield rows.map((row) => wide.toSequence(row))
}

async function* longSequences(batches: AsyncIterable<Row[]>, long: LongRows): RawSequences {
  for await (const rows of batches) {
    const ended: RawSequence[] = []
    for (const row of rows) {
      const sequence = long.add(row)
      if (sequence !== undefined) ended.push(sequence)
    }
    yield ended
  }
  const last = long.end()
  if (last !== undefined) yield [last]
}
