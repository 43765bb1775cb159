// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import type { Sweep, SweepRun } from '@unroll/client'

/** A field of a sweep with the value that each run has, and where it is on an axis. */
export interface SweepField {
  /** JSON pointer. */
  readonly field: string
  readonly isNumeric: boolean
  /** Whether the axis is log₁₀: all values are positive and more than a decade apart. */
  readonly isLog: boolean
  /** For a field without numbers, its values in order. */
  readonly values: readonly string[]
}

/** A run that has a value of the objective, which may be NaN or infinite. */
export type Measured = SweepRun & { readonly objective: number }

export function listMeasured({ runs }: Pick<Sweep, 'runs'>): Measured[] {
  return runs.flatMap((run) => (run.value === null ? [] : [{ ...run, objective: run.value }]))
}

export function describeField(field: string, runs: readonly SweepRun[]): SweepField {
  const values = runs.map(({ changes }) => changes[field]).filter((value) => value !== undefined)
  const numbers = values.filter((value) => typeof value === 'number')
  const isNumeric = values.length > 0 && numbers.length === values.length
  const texts = [...new Set(values.map(toText))].toSorted()
  return { field, isNumeric, isLog: isNumeric && isWide(numbers), values: isNumeric ? [] : texts }
}

/** Whether positive numbers are more than a decade apart. */
export function isWide(numbers: readonly number[]): boolean {
  const finite = numbers.filter(Number.isFinite)
  const [least, greatest] = [Math.min(...finite), Math.max(...finite)]
  return finite.length > 0 && least > 0 && greatest / least > 10
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')
}

/**
 * How much of the order of the runs a field explains, 0 to 1: for numbers the square of Spearman's rank correlation with the
 * objective, for other values the correlation ratio η² of the ranks. NaN and infinite objectives rank last. Fields are looked
 * at one by one, so that what two of them do only together is not seen.
 *
 * @returns null for fewer than 3 runs, or where all have one value
 */
export function rateField({ field, isNumeric }: SweepField, runs: readonly Measured[]): number | null {
  const known = runs.filter(({ changes }) => changes[field] !== undefined)
  if (known.length < 3 || new Set(known.map(({ changes }) => toText(changes[field]))).size < 2) return null
  const ranks = rank(known.map(({ objective }) => (Number.isNaN(objective) ? Infinity : objective)))
  if (isNumeric) return correlate(rank(known.map(({ changes }) => Number(changes[field]))), ranks) ** 2
  const mean = average(ranks)
  const groups = new Map<string, number[]>()
  for (const [at, { changes }] of known.entries()) {
    const text = toText(changes[field])
    groups.set(text, [...(groups.get(text) ?? []), ranks[at]!])
  }
  const between = [...groups.values()].reduce((sum, group) => sum + group.length * (average(group) - mean) ** 2, 0)
  const whole = ranks.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return whole === 0 ? 0 : between / whole
}

/** Ranks from 1; equal numbers share their mean rank. */
function rank(numbers: readonly number[]): number[] {
  return numbers.map((number) => {
    const below = numbers.filter((other) => other < number).length
    const same = numbers.filter((other) => other === number).length
    return below + (same + 1) / 2
  })
}

function correlate(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [average(a), average(b)]
  let [both, ofA, ofB] = [0, 0, 0]
  for (const [at, value] of a.entries()) {
    both += (value - meanA) * (b[at]! - meanB)
    ofA += (value - meanA) ** 2
    ofB += (b[at]! - meanB) ** 2
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB)
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
