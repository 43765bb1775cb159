import type { DatasetField } from '@unroll/contract'
import { isMissingCell, numberOfCell, type CellRules } from '../table_cells.ts'
import { NumberRows, expandRows } from '../number_rows.ts'
import { Categories, LISTED } from './categories.ts'
import { described, isAbsent, isList, type Column, type FieldPlan, type Report } from './column.ts'
import { Statistics } from './statistics.ts'

const FIRST_ROOM = 1024
/** The most different whole numbers at each step that may be classes: a record lists those of every field. */
const STEP_CLASSES = 100
/** Numbers of one sequence in one field: Arrow keeps a sequence in one piece, and so do workers while they read it. */
const MOST_NUMBERS = 2 ** 24

/** Numbers, `width` in each row; NaN where one is missing. */
export class NumberColumn implements Column<Float64Array> {
  readonly plan: FieldPlan
  readonly #rules: CellRules
  readonly #statistics = new Statistics()
  /** The different numbers, while they may be classes. */
  #classes: Categories<number> | undefined
  #values: Float64Array = new Float64Array(FIRST_ROOM)
  #length = 0

  constructor(plan: FieldPlan, rules: CellRules) {
    this.plan = plan
    this.#rules = rules
    if (plan.width === 1) this.#classes = new Categories()
  }

  append(value: unknown, rows: number, report: Report): void {
    const { width } = this.plan
    if (rows * width > MOST_NUMBERS)
      return report([], `Must have at most ${MOST_NUMBERS} numbers in a sequence: cut it into several`, rows * width)
    const start = this.#length
    const end = this.#reserve(rows * width)
    if (isAbsent(value)) this.#values.fill(NaN, start, end)
    else if (value instanceof NumberRows && value.width === width && value.length === rows)
      this.#copy(value.numbers, start, report)
    else if (value instanceof Float64Array && value.length === end - start) this.#copy(value, start, report)
    else if (this.plan.per === 'sequence') this.#row(expandRows(value), start, -1, report)
    else this.#rows(expandRows(value) as ArrayLike<unknown>, start, rows, report)
  }

  take(): Float64Array {
    const values = this.#values.subarray(0, this.#length)
    this.#length = 0
    this.#statistics.add(values)
    this.#countClasses(values)
    return values
  }

  describe(): DatasetField {
    return {
      ...described(this.plan),
      ...this.#statistics.summary(),
      missing: this.#statistics.missing,
      distinct: this.#classes?.size ?? null,
      categories: this.#classes?.listed() ?? [],
    }
  }

  /** Of each sequence any number may be a class, of each step whole numbers alone. */
  #countClasses(values: Float64Array): void {
    const isOfSteps = this.plan.per === 'step'
    const most = isOfSteps ? STEP_CLASSES : LISTED
    for (const value of values) {
      if (this.#classes === undefined) return
      if (Number.isNaN(value)) continue
      this.#classes.add(value)
      if (this.#classes.size > most || (isOfSteps && !Number.isInteger(value))) this.#classes = undefined
    }
  }

  /** Makes room for so many, and counts them in. @returns the new length */
  #reserve(count: number): number {
    const length = this.#length + count
    if (length > this.#values.length) {
      const larger = new Float64Array(Math.max(length, this.#values.length * 2))
      larger.set(this.#values.subarray(0, this.#length))
      this.#values = larger
    }
    this.#length = length
    return length
  }

  #copy(values: Float64Array, start: number, report: Report): void {
    const { width } = this.plan
    const into = this.#values
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as number
      if (value - value === 0) into[start + at] = value
      else into[start + at] = this.#odd(value, width === 1 ? [at] : [Math.floor(at / width), at % width], report)
    }
  }

  #rows(value: ArrayLike<unknown>, start: number, rows: number, report: Report): void {
    const { width } = this.plan
    const copy = width === 1 ? copiedNumbers : copiedRows
    for (let row = 0; row < rows; row++) {
      if (Array.isArray(value)) row = copy(value, this.#values, start, width, row)
      if (row < rows) this.#row(value[row], start + row * width, row, report)
    }
  }

  /** The numbers of a row, which is one number or a list of them. @param at its index, or −1 for the one of a sequence */
  #row(row: unknown, start: number, at: number, report: Report): void {
    const { width } = this.plan
    const into = this.#values
    if (isList(row) && row.length === width) {
      for (let within = 0; within < width; within++) {
        const value = row[within]
        if (typeof value === 'number' && value - value === 0) into[start + within] = value
        else into[start + within] = this.#odd(value, toPath(at, within), report)
      }
    } else if (width === 1 && !isList(row)) {
      if (typeof row === 'number' && row - row === 0) into[start] = row
      else into[start] = this.#odd(row, toPath(at), report)
    } else if (isAbsent(row) || Number.isNaN(row)) into.fill(NaN, start, start + width)
    else {
      const wanted = width === 1 ? 'Must be a number, or a list of one' : `Must be a list of ${width} numbers`
      report(toPath(at), isList(row) ? `${wanted}: it has ${row.length}` : wanted, isList(row) ? undefined : row)
    }
  }

  /** What is no finite number, as the number it stands for. */
  #odd(value: unknown, path: readonly number[], report: Report): number {
    const number = this.#numberOf(value)
    if (number === undefined) report(path, 'Must be a number', value)
    else if (number === Infinity || number === -Infinity) report(path, 'Must be a finite number', value)
    return number ?? NaN
  }

  #numberOf(value: unknown): number | undefined {
    if (isMissingCell(value, this.#rules) || value === 'NaN') return NaN
    return numberOfCell(value, this.#rules)
  }
}

/** Copies finite numbers from `first` on. @returns the index of the first entry that is none, or the length */
function copiedNumbers(
  list: readonly unknown[],
  into: Float64Array,
  start: number,
  _width: number,
  first: number,
): number {
  for (let at = first; at < list.length; at++) {
    const value = list[at]
    if (typeof value !== 'number' || value - value !== 0) return at
    into[start + at] = value
  }
  return list.length
}

/** The same of rows of `width` finite numbers. */
function copiedRows(list: readonly unknown[], into: Float64Array, start: number, width: number, first: number): number {
  for (let row = first; row < list.length; row++) {
    const values = list[row]
    if (!Array.isArray(values) || values.length !== width) return row
    const place = start + row * width
    for (let at = 0; at < width; at++) {
      const value: unknown = values[at]
      if (typeof value !== 'number' || value - value !== 0) return row
      into[place + at] = value
    }
  }
  return list.length
}

function toPath(...indices: number[]): number[] {
  return indices.filter((index) => index >= 0)
}
