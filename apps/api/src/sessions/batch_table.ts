// A batch as a table in Arrow, a row for each sequence.

import { BATCH_STATES, MOST_BATCH_ROWS, UnrollError, type ForwardBackwardRequest } from '@unroll/contract'
import { Type, type TBoolean, type TEnum, type TOptional } from 'typebox'
import { ARROW } from '../inference/media_types.ts'
import { IN_PLACE, inPlace, readRows } from '../inference/table_body.ts'

type Batch = Pick<ForwardBackwardRequest, 'inputs' | 'targets'>
type Column = keyof Batch

const COLUMNS: readonly Column[] = ['inputs', 'targets']

/** Parameters of a route that takes such tables. */
export const BATCH_QUERY: { state: TOptional<TEnum<[...typeof BATCH_STATES]>>; flow: TOptional<TBoolean> } = {
  state: Type.Optional(Type.Enum([...BATCH_STATES], { type: 'string', description: `${IN_PLACE} \`state\`.` })),
  flow: inPlace('flow'),
}

/** What such a route says of its body. */
export const BATCH_DESCRIPTION: string = `A body in \`${ARROW}\` is a table with a row for each sequence and the columns \`inputs\` and \`targets\`, whose cells are what the items of the lists in JSON are: lists, of lists or of fixed-size lists where a time step has several numbers.`

/**
 * The batch of a table; what its cells are is not looked at.
 *
 * @throws {UnrollError} INVALID_REQUEST where the bytes are no table, or one of other columns
 */
export function readBatchTable(table: Uint8Array): Batch {
  const rows = readRows(table, MOST_BATCH_ROWS)
  for (const row of rows) refuseColumns(Object.keys(row))
  return { inputs: rows.map((row) => row['inputs']), targets: rows.map((row) => row['targets']) }
}

function refuseColumns(names: readonly string[]): void {
  if (names.length === COLUMNS.length && COLUMNS.every((name) => names.includes(name))) return
  const detail = `Must be a table of the columns ${COLUMNS.join(' and ')}: it has ${names.join(', ')}`
  throw new UnrollError('INVALID_REQUEST', 'Cannot read the table as a batch', { faults: [{ pointer: '', detail }] })
}
