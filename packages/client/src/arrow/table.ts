import type { Call, Transport } from '../http/transport.ts'

export const ARROW = 'application/vnd.apache.arrow.stream'

/** A typed array, or a list with null where something was not measured; a list of texts, or of a list a row. */
export type Column = ArrayLike<unknown>

/** Numbers by column, all of one length. */
export type NumberColumns = Record<string, ArrayLike<number | null>>

/** Rows of a run as columns, and the place to go on from. */
export interface RowTable {
  columns: NumberColumns
  /** `after` of the next page. */
  cursor: string
}

/**
 * The columns of a table in the Arrow IPC format, stream or file.
 *
 * @example
 * const { saliency } = await decodeTable(await client.predictions.traceTable(job.id))
 */
export async function decodeTable(bytes: Uint8Array): Promise<Record<string, Column>> {
  const { tableFromIPC } = await import('@uwdata/flechette') // loaded by those alone who read tables
  return tableFromIPC(bytes).toColumns()
}

/** A page of rows as a table. */
export async function readTable(http: Transport, path: string, call: Call): Promise<RowTable> {
  const response = await http.send('GET', path, { ...call, headers: { accept: ARROW } })
  const columns = (await decodeTable(new Uint8Array(await response.arrayBuffer()))) as NumberColumns
  return { columns, cursor: response.headers.get('unroll-cursor') ?? '' }
}
