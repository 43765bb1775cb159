import type { DatasetField } from '@unroll/contract'
import { isMissingCell, numberOfCell, type CellRules } from './table_cells.ts'
import { isAbsent, isList, type FieldPlan } from './columns/column.ts'
import type { Faults } from './faults.ts'
import { canonicalName, isIdName, isSequenceName } from './names.ts'
import { expandRows } from './number_rows.ts'
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
  rules: CellRules
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
export function inferPlan(read: Sample, options: IngestOptions, faults: Faults): Plan {
  const sample = { ...read, sequences: read.sequences.map(expandSequence) }
  const names = listNames(sample.sequences).filter((name) => options.ignore?.includes(name) !== true)
  const first = sample.sequences[0]
  if (first === undefined) throw faults.refusal()
  const reference = findReference(names, sample.sequences)
  if (reference === undefined) {
    const wanted = `Must have a field with a value at each step, such as "inputs": a list. Its fields are ${names.join(', ') || 'none'}`
    return faults.end({ place: first.findPlace('', []), field: '', wanted })
  }
  const renamed = renames(names, options)
  const fields = names.flatMap((source) => {
    const values = sample.sequences.map((sequence) => sequence.values[source])
    const shape = inferShape(source, values, { sample, reference, options })
    if (shape === undefined) {
      const [at, found] = firstOdd(values)
      const wanted =
        'Must be a value of the sequence, a list with one for each step, or a list of one length in all sequences'
      const place = sample.sequences[at]?.findPlace(source, []) ?? { line: 1 }
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
        type: inferType(source, values, sample.rules, options),
        ...(isRepeated && { isRepeated }),
      },
    ]
  })
  faults.refuseAny()
  return { fields, reference }
}

function expandSequence(sequence: RawSequence): RawSequence {
  const values = Object.entries(sequence.values).map(([name, value]) => [name, expandRows(value)] as const)
  return { values: Object.fromEntries(values), findPlace: (name, path) => sequence.findPlace(name, path) }
}

function listNames(sequences: readonly RawSequence[]): string[] {
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

function findReference(names: readonly string[], sequences: readonly RawSequence[]): string | undefined {
  const lists = names.filter((name) => sequences.some(({ values }) => isList(values[name])))
  const isNested = (name: string) => sequences.some(({ values }) => isList(toEntry(values[name])))
  return lists.find((name) => canonicalName(name) === 'inputs') ?? lists.find(isNested) ?? lists[0]
}

function toEntry(value: unknown): unknown {
  return isList(value) ? value[0] : undefined
}

interface Context {
  sample: Sample
  reference: string
  options: IngestOptions
}

/** Undefined where the values have no shape in common. */
function inferShape(
  source: string,
  values: readonly unknown[],
  { sample, reference, options }: Context,
): Shape | undefined {
  const lists = values.filter(isList)
  if (lists.length === 0) return { per: 'sequence', width: 1 }
  if (sample.isLong) return { per: isOneOfASequence(source, lists, options) ? 'sequence' : 'step', width: 1 }
  const isForced = options.per_sequence?.includes(source) === true
  const matching = sample.sequences.filter(
    ({ values: all }) => measureLength(all[source]) === measureLength(all[reference]),
  )
  const isVector = new Set(lists.map(({ length }) => length)).size === 1 && lists.length === count(values)
  const width = lists[0]?.length ?? 0
  if (isVector && width > 0 && !isList(lists[0]?.[0]) && (isForced || matching.length < lists.length))
    return { per: 'sequence', width }
  // Where some are of another length, most decide: the others are faults.
  if (isForced || matching.length <= lists.length / 2) return undefined
  const widths = lists.flatMap((list) => (list.length === 0 ? [] : [measureWidth(list)]))
  return widths.length === 0 ? undefined : { per: 'step', width: mostFrequent(widths) }
}

/** Values that are there. */
function count(values: readonly unknown[]): number {
  return values.filter((value) => !isAbsent(value)).length
}

function measureLength(value: unknown): number | undefined {
  return isList(value) ? value.length : undefined
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Array.from(counts).reduce((best, each) => (each[1] > best[1] ? each : best))[0]
}

function measureWidth(list: ArrayLike<unknown>): number {
  for (let at = 0; at < list.length; at++) {
    const entry = list[at]
    if (!isAbsent(entry)) return isList(entry) ? Math.max(1, entry.length) : 1
  }
  return 1
}

/** Whether a column of steps repeats what its sequence has one of. */
function isOneOfASequence(source: string, lists: readonly ArrayLike<unknown>[], options: IngestOptions): boolean {
  if (options.per_sequence !== undefined || source === options.id)
    return options.per_sequence?.includes(source) === true || source === options.id || isIdName(source)
  const isNamed = isSequenceName(source) || source === options.label
  return isNamed && lists.every((list) => Array.from(list).every((value) => Object.is(value, list[0])))
}

function inferType(
  source: string,
  values: readonly unknown[],
  rules: CellRules,
  options: IngestOptions,
): FieldPlan['type'] {
  if (options.number?.includes(source) === true) return 'number'
  if (options.category?.includes(source) === true) return 'category'
  if (source === options.id || (isIdName(source) && source !== options.label)) return 'identifier'
  const counts = { numbers: 0, texts: 0 }
  for (const value of values) tally(value, rules, counts)
  return counts.texts > 0 && counts.texts >= counts.numbers ? 'category' : 'number'
}

/** Counts what is there: where most are numbers, a text among them is a fault, and no sign of classes. */
function tally(value: unknown, rules: CellRules, counts: { numbers: number; texts: number }): void {
  if (value instanceof Float64Array) counts.numbers += value.length
  else if (isList(value)) for (let at = 0; at < value.length; at++) tally(value[at], rules, counts)
  else if (numberOfCell(value, rules) !== undefined || value === 'NaN') counts.numbers += 1
  else if (typeof value === 'string' && !isMissingCell(value, rules)) counts.texts += 1
}

function firstOdd(values: readonly unknown[]): [number, unknown] {
  const at = values.findIndex((value) => !isAbsent(value) && !isList(value))
  return at < 0 ? [0, undefined] : [at, values[at]]
}
