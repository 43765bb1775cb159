// Sequences that a trained model is asked, as the rows that its network reads.

import {
  TEXT_FIELD,
  type AskedSequence,
  type AskedSteps,
  type DatasetField,
  type DecodedField,
  type Decoding,
  type LayerState,
} from '@unroll/contract'
import { decodeScales } from '../sequences/decoding.ts'
import { InputReader, type Read } from '../sequences/input_reader.ts'
import { leaveOut } from '../sequences/left_out.ts'
import { cutStart, type RowStart } from '../sequences/start_reader.ts'
import type { Sequences } from '../sequences/sequences.ts'

/** What a network reads of one sequence. */
export interface AskedRow {
  /** Steps: T. */
  readonly steps: number
  /** Numbers [T,X], or ids [T]. */
  readonly inputs: Read
  /** [T]: 0 at the steps that are left out; none are unless given. */
  readonly mask?: Uint8Array
  /** The states before its first step, [H] each, by layer and name; those of the network unless given. */
  readonly start?: RowStart | undefined
}

/**
 * @param options.maxLength Steps of each sequence that count.
 * @param options.states Those of the network, where sequences may begin from states of their own.
 */
export function readAskedRows(
  model: Decoding,
  asked: readonly AskedSequence[],
  { maxLength = Infinity, states = [] }: { maxLength?: number; states?: readonly LayerState[] } = {},
): readonly AskedRow[] {
  if (model.kind === 'text') return asked.map((sequence) => readText(model.vocabulary, sequence[TEXT_FIELD] ?? []))
  const { inputs, missing, masked } = model.inputs.fields.length > 0 ? describe(model.inputs, asked) : NO_FIELDS
  const { mask, initial_state: begun } = model.inputs
  const sequences = buildSequences(model.inputs.fields, asked, maxLength)
  const reader = new InputReader(
    { inputs, missing, masked, maxLength },
    leaveOut(sequences, mask),
    decodeScales(model),
    model.inputs.size,
  )
  return Array.from(sequences.lengths, (steps, index) => {
    const taken = mask === undefined ? undefined : asked[index]?.[mask]
    const start = begun && asked[index]?.[begun.name]
    return {
      steps,
      inputs: reader.read(index, 0, steps),
      ...(start && { start: cutStart(start as readonly number[], states) }),
      ...(taken && { mask: Uint8Array.from(taken.slice(0, steps), Number) }),
    }
  })
}

const NO_FIELDS = { inputs: [], missing: 'refuse', masked: [] } as const

function readText(vocabulary: readonly string[], characters: AskedSteps): AskedRow {
  const idOf = new Map(vocabulary.map((character, id) => [character, id]))
  const inputs = Int32Array.from(characters, (character) => idOf.get(character as string) ?? 0)
  return { steps: inputs.length, inputs }
}

/** The fields of a model as those of a data set. */
function describe(
  { fields, missing, masked }: Extract<Decoding, { kind: 'sequences' }>['inputs'],
  asked: readonly AskedSequence[],
) {
  const inputs = fields.map(({ name, type, width = 1, categories = [] }): DatasetField => ({
    name,
    per: 'step',
    type,
    width,
    missing: asked.reduce((sum, sequence) => sum + countMissing(sequence[name] ?? []), 0),
    min: null,
    max: null,
    mean: null,
    std: null,
    distinct: null,
    categories: categories.map((value) => ({ value, count: 1 })),
  }))
  return { inputs, missing, masked: inputs.filter(({ name }) => masked.includes(name)) }
}

function countMissing(steps: AskedSteps): number {
  return steps.flat().filter((value) => value === null).length
}

/** Sequences in memory. */
function buildSequences(
  fields: readonly DecodedField[],
  asked: readonly AskedSequence[],
  maxLength: number,
): Sequences {
  const [first] = fields
  const ids = new Map(
    fields.map(({ name, categories = [] }) => [name, new Map(categories.map((value, id) => [value, id]))]),
  )
  const takeSteps = (index: number, field: string, start: number, end: number) =>
    (asked[index]?.[field] ?? []).slice(start, end)
  return {
    lengths: Int32Array.from(asked, (sequence) => Math.min(sequence[first?.name ?? '']?.length ?? 0, maxLength)),
    numbers: noTargets,
    categories: noTargets,
    stepNumbers: (index, field, start, end) => {
      const width = fields.find(({ name }) => name === field)?.width ?? 1
      const steps = takeSteps(index, field, start, end).map((step) => step ?? Array.from({ length: width }, () => null))
      return Float64Array.from(steps.flat(), (value) => (value === null ? Number.NaN : Number(value)))
    },
    stepCategories: (index, field, start, end) =>
      Int32Array.from(takeSteps(index, field, start, end), (value) => ids.get(field)?.get(value as string) ?? -1),
  }
}

function noTargets(field: string): never {
  throw new RangeError(`Cannot read field "${field}" as what is asked has inputs alone`)
}
