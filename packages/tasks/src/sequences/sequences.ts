/** Sequences as a feed reads them, at once: those of a data set that lies on this machine. */
export interface Sequences {
  /** Steps of each. */
  readonly lengths: Int32Array
  /** A field of numbers for each sequence, [n, width]; NaN where one is missing. */
  numbers(field: string): Float64Array
  /** A field of categories for each sequence, by their place among the categories; -1 where one is missing. */
  categories(field: string): Int32Array
  /** A field of numbers of steps [start, end) of a sequence, [steps, width]; NaN where one is missing. */
  stepNumbers(index: number, field: string, start: number, end: number): Float64Array
  /** A field of categories of steps [start, end) of a sequence; -1 where one is missing. */
  stepCategories(index: number, field: string, start: number, end: number): Int32Array
}
