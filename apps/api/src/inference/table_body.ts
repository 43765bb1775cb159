import type { UnrollError } from '@unroll/contract'
import type { App } from '../types.ts'
import { ARROW } from './media_types.ts'
import { readInputs } from './prediction_table.ts'

/** Bytes of a table of sequences, at most. */
const MOST_BYTES = 16 * 2 ** 20

/** Media types that a route with tables accepts. */
export const TABLE_MEDIA_TYPES: string = `application/json or ${ARROW}`

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
