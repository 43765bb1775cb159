import type { Sequences } from './sequences.ts'

/**
 * Sequences in which everything is missing at the steps that are left out, so that no statistic, input or target is made of it.
 *
 * @param mask the field that is 0 at those steps; none are left out unless given
 */
export function leaveOut(sequences: Sequences, mask: string | undefined): Sequences {
  if (mask === undefined) return sequences
  const takes = (index: number, start: number, end: number) => sequences.stepNumbers(index, mask, start, end)
  return {
    lengths: sequences.lengths,
    numbers: (field) => sequences.numbers(field),
    categories: (field) => sequences.categories(field),
    stepNumbers: (index, field, start, end) => {
      const values = sequences.stepNumbers(index, field, start, end)
      return field === mask ? values : hide(values, takes(index, start, end), Number.NaN)
    },
    stepCategories: (index, field, start, end) =>
      hide(sequences.stepCategories(index, field, start, end), takes(index, start, end), -1),
  }
}

function hide<Values extends Float64Array | Int32Array>(values: Values, taken: Float64Array, none: number): Values {
  const width = values.length / Math.max(taken.length, 1)
  return values.map((value, i) => (taken[Math.floor(i / width)] === 0 ? none : value)) as Values
}
