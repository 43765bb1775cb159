/** Steps with `width` numbers each, [length, width] in one piece; NaN where one is missing. */
export class NumberRows {
  readonly numbers: Float64Array
  readonly width: number
  /** Steps. */
  readonly length: number

  constructor(numbers: Float64Array, width: number) {
    this.numbers = numbers
    this.width = width
    this.length = numbers.length / width
  }

  /** The same as a list with a list for each step. */
  toLists(): Float64Array[] {
    return Array.from({ length: this.length }, (_, row) =>
      this.numbers.subarray(row * this.width, (row + 1) * this.width),
    )
  }
}

/** A value whose numbers have memory of their own. */
export function copyNumbers(value: unknown): unknown {
  if (value instanceof NumberRows) return new NumberRows(value.numbers.slice(), value.width)
  return value instanceof Float64Array ? value.slice() : value
}

/** A value with lists for rows; any other value as it is. */
export function expandRows(value: unknown): unknown {
  return value instanceof NumberRows ? value.toLists() : value
}
