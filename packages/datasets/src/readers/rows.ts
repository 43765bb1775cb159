import { parse, type CsvError } from 'csv-parse'
import type { Faults } from '../faults.ts'
import { blocksOf, refuseOthers } from './lines.ts'

/** A row of a text of cells. */
export interface Row {
  /** The line that it ends on. */
  line: number
  cells: string[]
}

const MOST_ROW_CHARACTERS = 64 * 2 ** 20

/**
 * Rows of CSV, as RFC 4180 and those who do not know it write them: cells may be quoted and have line ends in them, lines end in any way, empty
 * lines are passed over.
 *
 * @throws {UnrollError} DATASET_INVALID, where the quotes of a cell are not those of CSV: what follows cannot be told apart
 */
export async function* rowsOf(
  source: AsyncIterable<Uint8Array>,
  delimiter: (first: string) => string,
  faults: Faults,
): AsyncGenerator<Row[]> {
  let rows: Row[] = []
  let parser: ReturnType<typeof parse> | undefined
  const open = (first: Buffer) =>
    parse({
      delimiter: delimiter(first.toString('utf8', 0, 65_536)),
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_ROW_CHARACTERS,
      on_record(cells: string[], { lines }) {
        if (cells.some((cell) => cell !== '')) rows.push({ line: lines, cells })
        return null // it is not to go through the stream, record by record
      },
    })
  for await (const block of blocksOf(source, faults)) {
    refuseOthers(block, faults)
    parser ??= open(block.bytes)
    await settled((done) => parser?.write(block.bytes, done), faults)
    yield rows
    rows = []
  }
  if (parser === undefined) return
  parser.resume()
  await settled((done) => parser?.end(done), faults)
  yield rows
}

async function settled(act: (done: (error?: Error | null) => void) => void, faults: Faults): Promise<void> {
  const failure = await new Promise<Error | null | undefined>((resolve) => act(resolve))
  if (failure === null || failure === undefined) return
  const { lines, column, message } = failure as CsvError & { lines?: number; column?: number | string }
  const place = { line: lines ?? 1, ...(typeof column === 'number' && { column: column + 1 }) }
  faults.end({ place, field: '', wanted: `Must be CSV: ${message}` })
}
