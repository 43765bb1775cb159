import type { DatasetReference } from '../sections/data.ts'
import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import type { DatasetField } from '../../wire/dataset.ts'
import { SPLIT_FIELD, hasCategories, listNames, type SequencesShape } from './fields.ts'

/** What sequences are for. */
export const PARTS = ['training', 'validation', 'test'] as const
export type Part = (typeof PARTS)[number]

/** What a field says for each part, in lower case. */
const PART_NAMES: Readonly<Record<string, Part>> = {
  train: 'training',
  training: 'training',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
}

/** How sequences are told apart. */
export type SplitPlan =
  | {
      by: 'random' | 'order'
      /** Shares of the sequences, or of the steps of each. */
      train: number
      validation: number
      test: number
      seed: number
      /** Whether the last steps of each sequence are held out, not the last sequences. */
      inTime: boolean
    }
  | {
      by: 'field'
      field: string
      /** Its categories by their ids. */
      categories: readonly string[]
    }

/** The part that a category of a field names; undefined where it names none. */
export function partNamed(category: string): Part | undefined {
  return Object.hasOwn(PART_NAMES, category.toLowerCase()) ? PART_NAMES[category.toLowerCase()] : undefined
}

/** Whether a field says a part for each sequence. */
function saysParts(field: DatasetField): boolean {
  return (
    field.per === 'sequence' &&
    field.missing === 0 &&
    hasCategories(field) &&
    field.categories.every(({ value }) => partNamed(value) !== undefined)
  )
}

/** How the sequences of a data set are split, or what is wrong with what was asked for. */
export function splitPlan(
  { split = {}, validation_fraction }: DatasetReference,
  { fields, sequences }: SequencesShape,
  isForecast: boolean,
): { plan: SplitPlan } | { faults: Fault[] } {
  const told = fields.find((field) => field.name === SPLIT_FIELD && saysParts(field))
  const hasShares = [split.train, split.validation, split.test].some((value) => value !== undefined)
  const isSingle = sequences === 1
  const fallback = isForecast || isSingle ? 'order' : 'random'
  const by = split.by ?? (told === undefined || hasShares ? fallback : SPLIT_FIELD)
  if (by !== 'random' && by !== 'order') {
    const faults = fieldFaults(by, fields, hasShares)
    const { categories = [] } = fields.find(({ name }) => name === by) ?? {}
    return faults.length > 0
      ? { faults }
      : { plan: { by: 'field', field: by, categories: categories.map(({ value }) => value) } }
  }
  const validation = split.validation ?? validation_fraction
  const test = split.test ?? 0
  const train = split.train ?? 1 - validation - test
  const sum = train + validation + test
  if (sum > 1 + 1e-9 || train <= 0) {
    const detail = `Must leave a share to train on, and add up to at most 1: train is ${train}, validation ${validation}, test ${test}`
    return { faults: [{ pointer: '/data/split', detail, value: split }] }
  }
  if (by === 'random' && isSingle) {
    const detail = 'Must be "order" as there is 1 sequence, whose last steps can be held out: current value is "random"'
    return { faults: [{ pointer: '/data/split/by', detail, value: by }] }
  }
  const inTime = by === 'order' && (isForecast || isSingle)
  return { plan: { by, train, validation, test, seed: split.seed ?? 1, inTime } }
}

function fieldFaults(by: string, fields: readonly DatasetField[], hasShares: boolean): Fault[] {
  const field = fields.find(({ name }) => name === by)
  const candidates = fields.filter(saysParts)
  const fault = (detail: string): Fault[] => [{ pointer: '/data/split/by', detail, value: by }]
  if (field === undefined || field.per !== 'sequence')
    return fault(
      `Must be "random", "order" or a field for each sequence that says train, validation or test (${listNames(candidates)}): current value is ${shown(by)}`,
    )
  const other = field.categories.find(({ value }) => partNamed(value) === undefined)
  if (!saysParts(field))
    return fault(
      `Must be a field that says train, validation or test of every sequence: ${shown(by)} ${
        field.missing > 0
          ? `is missing in ${field.missing}`
          : `has ${other === undefined ? 'other values' : shown(other.value)}`
      }`,
    )
  if (hasShares)
    return [
      {
        pointer: '/data/split',
        detail: `Must have no shares with a field, which says the part of every sequence: by is ${shown(by)}`,
      },
    ]
  return []
}

/** How many of `n` sequences, or steps, are for each part, where shares say it. A share of less than half of one has none. */
export function partSizes(
  n: number,
  { train, validation, test }: { train: number; validation: number; test: number },
): Record<Part, number> {
  const held = { validation: Math.round(n * validation), test: Math.round(n * test) }
  const left = n - held.validation - held.test
  return { ...held, training: Math.min(left, Math.round(n * train)) }
}
