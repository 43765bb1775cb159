import { Field, Float32, Float64, List, Schema, Table, Uint32, Utf8, tableToIPC, vectorFromArray } from 'apache-arrow'
import type { DataType, Vector } from 'apache-arrow'

const TYPES = {
  count: new Uint32(),
  number: new Float64(),
  text: new Utf8(),
  float32s: new List(new Field('item', new Float32(), false)),
  numbers: new List(new Field('item', new Float64(), false)),
} as const satisfies Readonly<Record<string, DataType>>

/** A column of a table: null where there is nothing. */
export type ArrowColumn = { name: string } & (
  | { type: 'count' | 'number'; values: readonly (number | null)[] }
  | { type: 'text'; values: readonly (string | null)[] }
  | { type: 'float32s' | 'numbers'; values: readonly (ArrayLike<number> | null)[] }
)

/** Columns of one length in the Arrow IPC stream format. @param about metadata of the table */
export function encodeColumns(columns: readonly ArrowColumn[], about: Readonly<Record<string, string>> = {}): Buffer {
  const vectors = columns.map(({ name, type, values }): [string, Vector] => [
    name,
    vectorFromArray(values as unknown[], TYPES[type]),
  ])
  const { schema, batches } = new Table(Object.fromEntries(vectors))
  const told = new Schema(schema.fields, new Map(Object.entries(about)))
  return Buffer.from(tableToIPC(new Table(told, batches), 'stream'))
}
