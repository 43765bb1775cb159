// What a row of the acceptance bank is.

import type { Measure } from './measures.ts'

/**
 * What a figure must be: against a number, or against the median of another row, of as many seeds as `of`, all unless given; or its
 * own median.
 */
export type Rule = { readonly of?: number } & (
  | { readonly below: number }
  | { readonly above: number }
  | { readonly timesMoreThan: { readonly row: string; readonly factor: number } }
  | { /** The median of this row, at the same place. */ readonly medianBelow: string }
)

/** One figure that a row is measured by, beside what was published. */
export interface Figure {
  /** What it is, with its unit. */
  readonly name: string
  readonly measure: Measure
  readonly rule: Rule
  /** The published figure, in words. */
  readonly published: string
  /** Where it was published. */
  readonly source: string
}

/** One recipe, trained from each seed. */
export interface Row {
  readonly name: string
  /** The task and the cell, in words. */
  readonly title: string
  /** The specification of its jobs, without seeds. */
  readonly spec: Recipe
  /** The file that its data set is uploaded from, as CSV; none of a task. */
  readonly file?: () => Promise<string>
  /** Seeds 1 … this. */
  readonly seeds: number
  readonly figures: readonly Figure[]
  /** Where the recipe departs from the source, and why; what was tried where a figure is missed. */
  readonly notes?: string
}

/** A specification as it is posted. */
export interface Recipe {
  readonly training: Readonly<Record<string, unknown>>
  readonly [section: string]: unknown
}
