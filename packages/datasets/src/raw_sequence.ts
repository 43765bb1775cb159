import type { Place } from './faults.ts'

/** A sequence as a reader found it: values by the names they have there, unchecked. */
export interface RawSequence {
  /**
   * A value of the sequence, or a list with one for each step; a list of lists where a step has several.
   * Texts of formats without types, such as CSV, are numbers where they are numerals.
   */
  values: Readonly<Record<string, unknown>>
  /** Where a value stands: of a field, and in it at a path of indices. */
  findPlace(name: string, path: readonly number[]): Place
}

/** Sequences as they are found, some at a time. The memory of their lists of numbers is used again once the next ones are asked for. */
export type RawSequences = AsyncIterable<RawSequence[]>
