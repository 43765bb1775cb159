import {
  RecordBatch,
  Struct,
  Utf8,
  makeData,
  makeVector,
  vectorFromArray,
  type Data,
  type DataType,
  type Dictionary,
  type Field,
  type FixedSizeList,
  type List,
  type Schema,
} from 'apache-arrow'
import { MISSING_ID } from '../columns/category_column.ts'

/** What a column has of the sequences of a batch. */
export type ColumnValues = Float64Array | Int32Array | readonly (string | null)[]

/** @param offsets where each sequence starts among the steps of the batch, and where the last one ends */
export function createBatch(schema: Schema, columns: readonly ColumnValues[], offsets: Int32Array): RecordBatch {
  const rows = offsets.length - 1
  const children = schema.fields.map((field, at) => createData(field, columns[at] ?? [], offsets))
  const struct = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
  return new RecordBatch(schema, struct)
}

function createData({ type }: Field, values: ColumnValues, offsets: Int32Array): Data {
  if (!isListType(type)) return valuesData(type, values)
  const [item] = type.children
  const child = valuesData((item as Field).type, values)
  return makeData({ type, length: offsets.length - 1, nullCount: 0, valueOffsets: offsets, child })
}

function isListType(type: DataType): type is List {
  return type.constructor.name === 'List'
}

function valuesData(type: DataType, values: ColumnValues): Data {
  if (values instanceof Int32Array) return idsData(type as Dictionary, values)
  if (!(values instanceof Float64Array)) return textsData(values)
  if (!isVectorType(type)) return makeData({ type, data: values, nullCount: 0 } as never)
  const [item] = type.children
  const child = makeData({ type: (item as Field).type, data: values, nullCount: 0 } as never)
  return makeData({ type, length: values.length / type.listSize, nullCount: 0, child })
}

function isVectorType(type: DataType): type is FixedSizeList {
  return 'listSize' in type
}

/** The dictionary follows at the end of the file. */
function idsData(type: Dictionary, ids: Int32Array): Data {
  const bits = new Uint8Array(Math.ceil(ids.length / 8))
  let missing = 0
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] === MISSING_ID) missing += 1
    else bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
  }
  const dictionary = makeVector(makeData({ type: new Utf8(), length: 0, nullCount: 0 } as never))
  const validity = missing === 0 ? {} : { nullBitmap: bits }
  return makeData({ type, length: ids.length, nullCount: missing, data: ids, dictionary, ...validity } as never)
}

function textsData(texts: readonly (string | null)[]): Data {
  const [data] = vectorFromArray(texts, new Utf8()).data
  return data ?? makeData({ type: new Utf8(), length: 0, nullCount: 0 } as never)
}
