// What the places of a network mean: which symbol, class or field each row of its weights is of. Networks of one shape may differ in
// it, and weights of one then load into the other without an error.

import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { shown } from '../../schema/shown.ts'
import { TEXT_UNITS } from '../../text_unit.ts'
import type { DecodedField, SequencesDecoding, TextDecoding } from './decoding.ts'

const Field = Type.Object({
  name: Type.String(),
  type: Type.Enum(['number', 'category', 'identifier']),
  categories: Type.Optional(Type.Array(Type.String())),
})
const Text = Type.Object({
  kind: Type.Literal('text'),
  unit: Type.Optional(Type.Enum(TEXT_UNITS)),
  vocabulary: Type.Array(Type.String()),
})
const Sequences = Type.Object({
  kind: Type.Literal('sequences'),
  inputs: Type.Object({ fields: Type.Array(Field), masked: Type.Array(Type.String()) }),
  outputs: Type.Object({
    field: Type.Optional(Type.String()),
    classes: Type.Optional(Type.Array(Type.String())),
    fields: Type.Optional(Type.Array(Field)),
  }),
})
const Told = Type.Union([Text, Sequences])

/** The part of a decoding that says what places mean. */
export type Meaning =
  | Pick<TextDecoding, 'kind' | 'unit' | 'vocabulary'>
  | (Pick<SequencesDecoding, 'kind'> & {
      readonly inputs: Pick<SequencesDecoding['inputs'], 'fields' | 'masked'>
      readonly outputs: Pick<SequencesDecoding['outputs'], 'field' | 'classes' | 'fields'>
    })

/** Whether a value that comes from a file says what the places of a network mean. */
export function isMeaning(value: unknown): value is Meaning {
  return Value.Check(Told, value)
}

export const SIDES = ['inputs', 'outputs'] as const
export type Side = (typeof SIDES)[number]

/** Where two networks read, or answer, something else in the same place. */
export interface MeaningDifference {
  readonly side: Side
  readonly detail: string
}

/** What is in a place: a number, or one of values. */
interface Place {
  readonly name: string
  readonly isMasked?: boolean
  readonly values?: readonly string[]
}

/**
 * What differs between two networks, each place once.
 *
 * @param own of the network that is to have the weights; of its symbols those that are known, from the first
 */
export function compareMeaning(source: Meaning, own: Meaning): MeaningDifference[] {
  const [theirs, ours] = [listPlaces(source), listPlaces(own)]
  return SIDES.flatMap((side) =>
    Array.from({ length: Math.max(theirs[side].length, ours[side].length) }, (_, at) =>
      comparePlaces(theirs[side][at], ours[side][at]),
    ).flatMap((detail) => (detail === undefined ? [] : [{ side, detail }])),
  )
}

function listPlaces(meaning: Meaning): Record<Side, readonly Place[]> {
  if (meaning.kind === 'text') {
    const symbols = [{ name: meaning.unit ?? 'character', values: meaning.vocabulary }]
    return { inputs: symbols, outputs: symbols }
  }
  const { inputs, outputs } = meaning
  const { field = '', classes, fields = [] } = outputs
  return {
    inputs: inputs.fields.map((each) => ({ ...describeField(each), isMasked: inputs.masked.includes(each.name) })),
    outputs: classes ? [{ name: field, values: classes }] : fields.map(({ name }) => ({ name })),
  }
}

function describeField({ name, type, categories = [] }: DecodedField): Place {
  return type === 'number' ? { name } : { name, values: categories }
}

function comparePlaces(theirs: Place | undefined, own: Place | undefined): string | undefined {
  const [wanted, found] = [describePlace(own), describePlace(theirs)]
  if (wanted !== found) return `${wanted} of the job is ${found} of the source`
  const [known, others] = [own?.values ?? [], theirs?.values ?? []]
  const differing = [...known.keys()].filter((at) => others[at] !== known[at])
  const [first] = differing
  if (first === undefined) return undefined
  const other = others[first] === undefined ? 'nothing' : shown(others[first])
  return `value ${first + 1} of ${wanted} is ${shown(known[first])} in the job and ${other} in the source; ${differing.length} of ${known.length} differ`
}

function describePlace(place: Place | undefined): string {
  if (place === undefined) return 'nothing'
  const mask = place.isMasked === true ? ', with what says whether it was observed' : ''
  return `${shown(place.name)} (${place.values === undefined ? 'numbers' : 'one of several values'}${mask})`
}
