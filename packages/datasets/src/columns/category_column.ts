import type { DatasetField } from '@unroll/contract'
import { isMissingCell, type CellRules } from '../table_cells.ts'
import { expandRows } from '../number_rows.ts'
import { Categories } from './categories.ts'
import { described, isAbsent, isList, type Column, type FieldPlan, type Report } from './column.ts'

const FIRST_ROOM = 1024
/** Classes or symbols of one field. */
const MOST_CATEGORIES = 100_000
/** Id of a value that is missing. */
export const MISSING_ID = -1

/** Texts of which each is a class or symbol, by their ids; −1 where one is missing. */
export class CategoryColumn implements Column<Int32Array> {
  readonly plan: FieldPlan
  readonly #rules: CellRules
  readonly #categories = new Categories<string>()
  #ids: Int32Array = new Int32Array(FIRST_ROOM)
  #length = 0
  #missing = 0

  constructor(plan: FieldPlan, rules: CellRules) {
    this.plan = plan
    this.#rules = rules
  }

  /** Every category so far, by id. */
  names(): string[] {
    return Array.from(this.#categories.values())
  }

  append(value: unknown, rows: number, report: Report): void {
    this.#reserve(rows)
    if (this.plan.per === 'sequence' || isAbsent(value)) {
      for (let row = 0; row < rows; row++) this.#push(value, [], report)
      return
    }
    const list = expandRows(value) as ArrayLike<unknown>
    for (let row = 0; row < rows; row++) this.#push(list[row], [row], report)
  }

  take(): Int32Array {
    const ids = this.#ids.subarray(0, this.#length)
    this.#length = 0
    return ids
  }

  describe(): DatasetField {
    return {
      ...described(this.plan),
      missing: this.#missing,
      distinct: this.#categories.size,
      categories: this.#categories.listed(),
    }
  }

  #push(value: unknown, path: readonly number[], report: Report): void {
    const id = this.#idParameters(value, path, report)
    if (id === MISSING_ID) this.#missing += 1
    this.#ids[this.#length++] = id
  }

  #idParameters(given: unknown, path: readonly number[], report: Report): number {
    const value = isList(given) && given.length === 1 ? given[0] : given
    const text = toText(value)
    if (text === undefined) {
      report(path, 'Must be a text', value)
      return MISSING_ID
    }
    if (text === null || isMissingCell(text, this.#rules)) return MISSING_ID
    const id = this.#categories.add(this.#rules.isUntyped ? text.trim() : text)
    if (id >= MOST_CATEGORIES)
      report(path, `Must be one of at most ${MOST_CATEGORIES} different texts of a field: this is one more`, value)
    return id
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#ids.length) return
    const larger = new Int32Array(Math.max(this.#length + count, this.#ids.length * 2))
    larger.set(this.#ids.subarray(0, this.#length))
    this.#ids = larger
  }
}

/** The text of a value; null where it is missing, undefined where it has none. */
export function toText(value: unknown): string | null | undefined {
  if (isAbsent(value) || Number.isNaN(value)) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return undefined
}
