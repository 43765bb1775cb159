// How fields lie in the Arrow file of a data set. Numbers are float64, NaN where one is missing; categories are a
// dictionary; what there is of at each step is a list of each sequence.

import type { DatasetField, SampleSequence } from '@unroll/contract'
import { Dictionary, Field, FixedSizeList, Float64, Int32, List, Schema, Utf8, type DataType } from 'apache-arrow'

/** Name of what the file says of itself in the metadata of its schema: JSON of `SequenceSchema`. */
export const METADATA = 'unroll'
/** Name of what is shown of its first sequences, in the schema that it begins with: JSON of `SampleSequence[]`. */
export const SAMPLES = 'unroll.samples'

type Typed = Pick<DatasetField, 'name' | 'per' | 'type' | 'width'>

export function createSchema(fields: readonly Typed[], samples: readonly SampleSequence[]): Schema {
  return new Schema(
    fields.map((field, at) => {
      const value = valueType(field, at)
      const type = field.per === 'step' ? new List(new Field('item', value, field.type !== 'number')) : value
      return new Field(field.name, type, field.per === 'sequence' && field.type !== 'number')
    }),
    new Map([[SAMPLES, JSON.stringify(samples)]]),
  )
}

/** @param at the place of the field, which is the id of its dictionary */
function valueType({ type, width }: Typed, at: number): DataType {
  if (type === 'category') return new Dictionary(new Utf8(), new Int32(), at, false)
  if (type === 'identifier') return new Utf8()
  return width === 1 ? new Float64() : new FixedSizeList(width, new Field('item', new Float64(), false))
}

/** Where in the buffers of a record batch those of a field are that have its offsets and its values. */
export interface BufferPlaces {
  /** Undefined for one value a sequence. */
  offsets: number | undefined
  values: number
}

/** In the order of the format: each type has its validity first, then its offsets, then its values. */
export function bufferPlaces(fields: readonly Typed[]): Map<string, BufferPlaces> {
  let next = 0
  return new Map(
    fields.map(({ name, per, type, width }) => {
      const offsets = per === 'step' ? next + 1 : undefined
      if (per === 'step') next += 2
      if (type === 'number' && width > 1) next += 1
      const values = next + 1
      next += type === 'identifier' ? 3 : 2
      return [name, { offsets, values }]
    }),
  )
}
