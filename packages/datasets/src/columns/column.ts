import type { DatasetField } from '@unroll/contract'

/** What a field is to be, decided from the first sequences. */
export interface FieldPlan extends Pick<DatasetField, 'name' | 'per' | 'type' | 'width'> {
  /** What it is called in the upload. */
  source: string
  /** True for a field of which every step repeats the one value of its sequence, as tables of steps have it. */
  isRepeated?: boolean
}

/** Tells what is wrong with a value at a path of indices in it. */
export type Report = (path: readonly number[], wanted: string, value?: unknown) => void

/** The values of a field, of sequence after sequence. */
export interface Column<Values> {
  readonly plan: FieldPlan
  /** Adds the value of a sequence, with an entry for each of its `rows`: the steps, or one. Each fault is reported. */
  append(value: unknown, rows: number, report: Report): void
  /** What was added since this was last called; valid until more is added, as the memory is used again. */
  take(): Values
  describe(): DatasetField
}

/** What is known of a field of which nothing is counted. */
export function described({ name, source, per, type, width }: FieldPlan): DatasetField {
  const nothing = { min: null, max: null, mean: null, std: null }
  const called = source === name ? {} : { source }
  return { name, ...called, per, type, width, missing: 0, ...nothing, distinct: null, categories: [] }
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || value instanceof Float64Array
}
