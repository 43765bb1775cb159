import type { EventEmitter } from 'node:events'
import { parse } from 'csv-parse'
import type { Faults } from '../faults.ts'
import { NAMES_DELIMITER } from './dialect.ts'
import { readBlocks, refuseOthers } from './lines.ts'
import type { Row } from './table.ts'

const MOST_ROW_CHARACTERS = 64 * 2 ** 20

/**
 * Rows of CSV, as RFC 4180 and those who do not know it write them: cells may be quoted and have line ends in them, lines end in any way, empty
 * lines and those that begin with # are passed over, and so is the line of Excel that names the delimiter.
 *
 * @throws {UnrollError} DATASET_INVALID, where the quotes of a cell are not those of CSV: what follows cannot be told apart
 */
export async function* readRows(
  source: AsyncIterable<Uint8Array>,
  delimiter: (first: string) => string,
  faults: Faults,
): AsyncGenerator<Row<string>[]> {
  let rows: Row<string>[] = []
  let line = 0
  let parser: ReturnType<typeof parse> | undefined
  const open = (first: Buffer) =>
    parse({
      delimiter: delimiter(first.toString('utf8', 0, 65_536)),
      relax_column_count: true,
      skip_empty_lines: true,
      comment: '#',
      comment_no_infix: true,
      max_record_size: MOST_ROW_CHARACTERS,
      on_record(cells: string[], { lines }) {
        line = lines
        if (cells.some((cell) => cell.trim() !== '') && !(line === 1 && NAMES_DELIMITER.test(cells[0] ?? '')))
          rows.push({ line, cells })
        return null // it is not to go through the stream, record by record
      },
    })
  for await (const block of readBlocks(source, faults)) {
    refuseOthers(block, faults)
    parser ??= open(block.bytes)
    refuse(await awaitFailure(parser, (done) => parser?.write(block.bytes, done)), line, faults)
    yield rows
    rows = []
  }
  if (parser === undefined) return
  parser.resume()
  refuse(await awaitFailure(parser, (done) => parser?.end(done)), line, faults)
  yield rows
}

type Failure = Error | null | undefined

/** What goes wrong with the parser while it does something; it tells of some by an event alone. */
async function awaitFailure(parser: EventEmitter, act: (done: (error?: Failure) => void) => void): Promise<Failure> {
  return new Promise((resolve) => {
    parser.removeAllListeners('error').on('error', resolve)
    act(resolve)
  })
}

/** @param line of the end of the last row that was read */
function refuse(failure: Failure, line: number, faults: Faults): void {
  if (failure === null || failure === undefined) return
  const [wanted] = failure.message.split(/[:,] /, 1)
  const cell = 'column' in failure && typeof failure.column === 'number' ? failure.column : 0
  faults.end({
    place: { line: line + 1, column: cell + 1 },
    field: '',
    wanted: `Must be CSV: ${wanted?.toLowerCase()}`,
  })
}
