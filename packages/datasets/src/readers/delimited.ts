import type { RawSequence, RawSequences } from '../raw_sequence.ts'
import { decimalIn, delimiterIn, isHeader } from './dialect.ts'
import { withFirst } from './first_rows.ts'
import { LongRows } from './long.ts'
import type { Opened, Reading, StreamReader } from './reader.ts'
import { rowsOf, type Row } from './rows.ts'
import { shapeOfTable, type TableShape } from './table.ts'
import { WideRows } from './wide.ts'

/** Reads CSV, or what has another delimiter: a row is a sequence (wide) or a step of one (long). */
export function delimitedReader(usual?: string): StreamReader {
  return async (source, reading) => {
    const { options, faults } = reading
    let delimiter = options.delimiter ?? usual ?? ','
    const delimiterOf = (text: string) => (delimiter = options.delimiter ?? usual ?? delimiterIn(text))
    const { first, all } = await withFirst(rowsOf(source, delimiterOf, faults))
    const decimal = options.decimal ?? decimalIn(first, delimiter)
    const [top] = first
    const hasHeader = top !== undefined && (options.header ?? isHeader(top, decimal))
    const header = hasHeader ? top.cells.map((cell) => cell.trim()) : undefined
    const body = first.filter((row) => !hasHeader || !isSame(row, top))
    const shape = shapeOfTable(body, header, { options, faults, decimal })
    const texts = { isUntyped: true, decimal }
    const isLong = shape.layout === 'long'
    const rows = bodyRows(all, hasHeader ? top : undefined, shape, reading)
    const sequences = isLong
      ? longSequences(rows, new LongRows(shape, decimal, faults))
      : wideSequences(rows, new WideRows(shape, decimal, options))
    return { sequences, texts, isLong } satisfies Opened
  }
}

/** Rows without the header, wherever it stands: files that were joined have it again. */
async function* bodyRows(
  all: AsyncIterable<Row[]>,
  header: Row | undefined,
  { width }: TableShape,
  { faults }: Reading,
): AsyncGenerator<Row[]> {
  for await (const rows of all) {
    yield rows.filter((row) => {
      if (header !== undefined && isSame(row, header)) return false
      if (row.cells.length === width) return true
      const wanted = `Must have ${width} cells, as the first line has`
      faults.tell(() => ({ place: { line: row.line }, field: '', wanted: `${wanted}: it has ${row.cells.length}` }))
      return false
    })
  }
}

async function* wideSequences(batches: AsyncIterable<Row[]>, wide: WideRows): RawSequences {
  for await (const rows of batches) yield rows.map((row) => wide.sequenceOf(row))
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

function isSame({ cells }: Row, other: Row): boolean {
  return cells.length === other.cells.length && cells.every((cell, at) => cell === other.cells[at])
}
