import type { DatasetField } from '@unroll/contract'
import { isMissingText, numberOfText } from './cells.ts'
import { isAbsent, isList, type FieldPlan, type TextRules } from './columns/column.ts'
import type { Faults } from './faults.ts'
import { canonicalName, isIdName, isSequenceName } from './names.ts'
import type { IngestOptions } from './options.ts'
import type { RawSequence } from './raw_sequence.ts'

/** What is decided from the first sequences and holds for all. */
export interface Plan {
  fields: FieldPlan[]
  /** The field whose steps are those of a sequence, by its name in the upload. */
  reference: string
}

/** The first sequences, and how the rest is read. */
export interface Sample {
  sequences: readonly RawSequence[]
  texts: TextRules
  /** Whether rows were steps, so that every field is a list. */
  isLong: boolean
}

type Shape = Pick<DatasetField, 'per' | 'width'>

/**
 * Decides what each field is.
 *
 * The steps of a sequence are those of `inputs`, else of the first list of lists, else of the first list. Lists of as many
 * entries are values per step, whatever else they look like; other lists of one length are a vector of the sequence.
 */
export function inferPlan(sample: Sample, options: IngestOptions, faults: Faults): Plan {
  const names = namesOf(sample.sequences).filter((name) => options.ignore?.includes(name) !== true)
  const first = sample.sequences[0]
  if (first === undefined) throw faults.refusal()
  const reference = referenceOf(names, sample.sequences)
  if (reference === undefined) {
    const wanted = `Must have a field with a value at each step, such as "inputs": a list. Its fields are ${names.join(', ') || 'none'}`
    return faults.end({ place: first.placeOf('', []), field: '', wanted })
  }
  const renamed = renames(names, options)
  const fields = names.flatMap((source) => {
    const values = sample.sequences.map((sequence) => sequence.values[source])
    const shape = shapeOf(source, values, { sample, reference, options })
    if (shape === undefined) {
      const [at, found] = firstOdd(values)
      const wanted =
        'Must be a value of the sequence, a list with one for each step, or a list of one length in all sequences'
      const place = sample.sequences[at]?.placeOf(source, []) ?? { line: 1 }
      faults.tell(() => ({ place, field: source, wanted, value: found }))
      return []
    }
    const name = renamed.get(source) ?? source
    const isRepeated = sample.isLong && shape.per === 'sequence'
    return [
      {
        name,
        source,
        ...shape,
        type: typeOf(source, values, sample.texts, options),
        ...(isRepeated && { isRepeated }),
      },
    ]
  })
  faults.refuseAny()
  return { fields, reference }
}

function namesOf(sequences: readonly RawSequence[]): string[] {
  const names = new Set<string>()
  for (const { values } of sequences) for (const name of Object.keys(values)) names.add(name)
  return Array.from(names)
}

/** Names in the data set, where they are others than in the upload: one that several could have goes to the first. */
function renames(names: readonly string[], { label }: IngestOptions): Map<string, string> {
  const taken = new Set(names)
  const renamed = new Map<string, string>()
  for (const source of names) {
    const name = source === label ? 'label' : canonicalName(source)
    if (name === source || taken.has(name)) continue
    renamed.set(source, name)
    taken.add(name)
  }
  return renamed
}

function referenceOf(names: readonly string[], sequences: readonly RawSequence[]): string | undefined {
  const lists = names.filter((name) => sequences.some(({ values }) => isList(values[name])))
  const isNested = (name: string) => sequences.some(({ values }) => isList(entryOf(values[name])))
  return lists.find((name) => canonicalName(name) === 'inputs') ?? lists.find(isNested) ?? lists[0]
}

function entryOf(value: unknown): unknown {
  return isList(value) ? value[0] : undefined
}

interface Context {
  sample: Sample
  reference: string
  options: IngestOptions
}

/** Undefined where the values have no shape in common. */
function shapeOf(
  source: string,
  values: readonly unknown[],
  { sample, reference, options }: Context,
): Shape | undefined {
  const lists = values.filter(isList)
  if (lists.length === 0) return { per: 'sequence', width: 1 }
  if (sample.isLong) return { per: isOneOfASequence(source, lists, options) ? 'sequence' : 'step', width: 1 }
  const isPerStep = sample.sequences.every(({ values: all }) => {
    const [own, steps] = [all[source], all[reference]]
    return isAbsent(own) || (isList(own) && isList(steps) && own.length === steps.length)
  })
  if (isPerStep && options.per_sequence?.includes(source) !== true) {
    const widths = new Set(lists.flatMap((list) => (list.length === 0 ? [] : [widthOf(list)])))
    return widths.size === 0 ? undefined : { per: 'step', width: Math.max(...widths) }
  }
  const [width, ...others] = new Set(lists.map((list) => list.length))
  const isVector = width !== undefined && width > 0 && others.length === 0 && !lists.some((list) => isList(list[0]))
  return isVector && values.every((value) => isAbsent(value) || isList(value)) ? { per: 'sequence', width } : undefined
}

function widthOf(list: ArrayLike<unknown>): number {
  for (let at = 0; at < list.length; at++) {
    const entry = list[at]
    if (!isAbsent(entry)) return isList(entry) ? Math.max(1, entry.length) : 1
  }
  return 1
}

/** Whether a column of steps repeats what its sequence has one of. */
function isOneOfASequence(source: string, lists: readonly ArrayLike<unknown>[], options: IngestOptions): boolean {
  if (options.per_sequence !== undefined || source === options.id)
    return options.per_sequence?.includes(source) === true || source === options.id
  const isNamed = isSequenceName(source) || source === options.label
  return isNamed && lists.every((list) => Array.from(list).every((value) => Object.is(value, list[0])))
}

function typeOf(
  source: string,
  values: readonly unknown[],
  texts: TextRules,
  options: IngestOptions,
): FieldPlan['type'] {
  if (options.number?.includes(source) === true) return 'number'
  if (options.category?.includes(source) === true) return 'category'
  if (source === options.id || (isIdName(source) && source !== options.label)) return 'identifier'
  const counts = { numbers: 0, texts: 0 }
  for (const value of values) count(value, texts, counts)
  return counts.texts > 0 && counts.texts >= counts.numbers ? 'category' : 'number'
}

/** Counts what is there: where most are numbers, a text among them is a fault, and no sign of classes. */
function count(value: unknown, rules: TextRules, counts: { numbers: number; texts: number }): void {
  if (value instanceof Float64Array) counts.numbers += value.length
  else if (isList(value)) for (let at = 0; at < value.length; at++) count(value[at], rules, counts)
  else if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') counts.numbers += 1
  else if (typeof value === 'string') {
    const isNumber = rules.isUntyped ? numberOfText(value, rules.decimal) !== undefined : value === 'NaN'
    if (isNumber) counts.numbers += 1
    else if (!(rules.isUntyped && isMissingText(value))) counts.texts += 1
  }
}

function firstOdd(values: readonly unknown[]): [number, unknown] {
  const at = values.findIndex((value) => !isAbsent(value) && !isList(value))
  return at < 0 ? [0, undefined] : [at, values[at]]
}
