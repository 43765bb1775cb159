import { UnrollError } from '@unroll/contract'
import { decodeRows, type ArrowRow } from '@unroll/datasets'
import { Type, type TBoolean, type TOptional } from 'typebox'
import type { App } from '../types.ts'
import { ARROW } from './media_types.ts'

/** Bytes of a table, at most. */
const MOST_BYTES = 16 * 2 ** 20
/** Its values: as many float64 as fit into these bytes. Reading them takes the event loop about 0.1 s. */
const MOST_VALUES = MOST_BYTES / Float64Array.BYTES_PER_ELEMENT

/** Media types that a route with tables accepts. */
export const TABLE_MEDIA_TYPES: string = `application/json or ${ARROW}`

/** How a parameter begins that a table has in place of a field of the body. */
export const IN_PLACE = 'With a table, in place of the same field of the body:'

/** Parameters of such routes. */
export const TABLE_QUERY: Readonly<Record<'steps' | 'saliency' | 'gates', TOptional<TBoolean>>> = {
  steps: inPlace('steps'),
  saliency: inPlace('saliency'),
  gates: inPlace('gates'),
}

/** What such routes say of their body. */
export const TABLE_DESCRIPTION: string = `A body in \`${ARROW}\` is a table with a row for each sequence, a column for each field and the list of its steps in each cell, or one column of texts.`

/** A parameter in place of a field of the body. */
export function inPlace(name: string): TOptional<TBoolean> {
  return Type.Optional(Type.Boolean({ description: `${IN_PLACE} \`${name}\`.` }))
}

/** Adds routes whose body may also be a table in Arrow, of which `read` makes the body that JSON would have. */
export function withTables(app: App, read: (table: Uint8Array) => object, add: (scope: App) => unknown): void {
  void app.register(async (scope: App) => {
    scope.addContentTypeParser(ARROW, { parseAs: 'buffer', bodyLimit: MOST_BYTES }, (_request, bytes, done) => {
      try {
        done(null, read(bytes as Buffer))
      } catch (error) {
        done(error as UnrollError)
      }
    })
    add(scope)
  })
}

/** The rows of a table. @throws {UnrollError} INVALID_REQUEST where the bytes are none, or one of more rows or values */
export function readRows(table: Uint8Array, mostRows: number): ArrowRow[] {
  try {
    return decodeRows(table, { rows: mostRows, values: MOST_VALUES })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const wanted = `Must be a table of at most ${mostRows} rows and ${MOST_VALUES} values in Arrow IPC`
    throw new UnrollError('INVALID_REQUEST', `Cannot read the table: ${why}`, {
      faults: [{ pointer: '', detail: `${wanted}: ${why}` }],
      cause,
    })
  }
}
