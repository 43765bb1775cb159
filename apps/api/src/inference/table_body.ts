import type { UnrollError } from '@unroll/contract'
import { Type, type TBoolean, type TOptional } from 'typebox'
import type { App } from '../types.ts'
import { ARROW } from './media_types.ts'
import { readInputs } from './prediction_table.ts'

/** Bytes of a table of sequences, at most. */
const MOST_BYTES = 16 * 2 ** 20

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

function inPlace(name: string): TOptional<TBoolean> {
  return Type.Optional(Type.Boolean({ description: `${IN_PLACE} \`${name}\`.` }))
}

/** Adds routes whose body may also be a table in Arrow, which is read as `inputs`. */
export function withTables(app: App, add: (scope: App) => unknown): void {
  void app.register(async (scope: App) => {
    scope.addContentTypeParser(ARROW, { parseAs: 'buffer', bodyLimit: MOST_BYTES }, (_request, bytes, done) => {
      try {
        done(null, { inputs: readInputs(bytes as Buffer) })
      } catch (error) {
        done(error as UnrollError)
      }
    })
    add(scope)
  })
}
