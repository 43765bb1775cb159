// What a network is asked in its proof: rows of unequal length, in the units of the data.

import {
  TEXT_FIELD,
  type AskedSequence,
  type DecodedField,
  type Decoding,
  type SequencesDecoding,
} from '@unroll/contract'
import type { Random } from '@unroll/random'

/** Share of the values that are missing, of fields that may miss some. */
const MISSING = 0.2

export interface DrawnRow {
  readonly asked: AskedSequence
  /** The same as numbers, steps first: ids [T], or [T,F] with NaN where one is missing. */
  readonly numbers: readonly number[]
}

/** F: numbers of a step, one of a class. */
export function countColumns({ inputs }: SequencesDecoding): number {
  return inputs.fields.reduce((sum, field) => sum + fieldWidth(field), 0)
}

/** Numbers that a field has at a step. */
export function fieldWidth({ type, width = 1 }: DecodedField): number {
  return type === 'number' ? width : 1
}

/** Whether a network reads values of a field that are missing. */
export function mayMiss({ inputs: { missing, masked } }: SequencesDecoding, { name }: DecodedField): boolean {
  return missing === 'impute' || masked.includes(name)
}

export function drawRow(model: Decoding, steps: number, draw: Random): DrawnRow {
  if (model.kind === 'text') {
    const ids = Array.from({ length: steps }, () => draw.integer(model.vocabulary.length))
    return { asked: { [TEXT_FIELD]: ids.map((id) => model.vocabulary[id]!) }, numbers: ids }
  }
  const columns = model.inputs.fields.map((field) => drawField(field, steps, draw, mayMiss(model, field)))
  return {
    asked: Object.fromEntries(columns.map(({ name, values }) => [name, values])),
    numbers: Array.from({ length: steps }, (_, t) => columns.flatMap(({ numbers }) => numbers[t]!)).flat(),
  }
}

function drawField(field: DecodedField, steps: number, draw: Random, canMiss: boolean) {
  const { name, categories = [], scales = [] } = field
  const isMissing = () => canMiss && draw.uniform() < MISSING
  if (field.type !== 'number') {
    const ids = Array.from({ length: steps }, () => (isMissing() ? Number.NaN : draw.integer(categories.length)))
    return { name, values: ids.map((id) => categories[id] ?? null), numbers: ids.map((id) => [id]) }
  }
  const width = fieldWidth(field)
  const numbers = Array.from({ length: steps }, () =>
    Array.from({ length: width }, (_, w) => {
      const { offset, unit } = scales[w]!
      return isMissing() ? Number.NaN : Math.fround(draw.normal() * unit + offset)
    }),
  )
  return { name, values: numbers.map((step) => (width === 1 ? asValue(step[0]!) : step.map(asValue))), numbers }
}

function asValue(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
