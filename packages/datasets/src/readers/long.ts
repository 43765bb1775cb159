import { shown } from '@unroll/contract'
import { numberOfCell, type CellRules } from '../table_cells.ts'
import { toText } from '../columns/category_column.ts'
import type { Faults } from '../faults.ts'
import type { RawSequence } from '../raw_sequence.ts'
import type { Row, TableColumn, TableShape } from './table.ts'

interface Begun {
  id: string
  lines: number[]
  values: Record<string, unknown[]>
  time: unknown
}

/** Makes sequences of rows that are steps: those of one id, next to each other, in the order of their times. */
export class LongRows {
  readonly #columns: readonly TableColumn[]
  readonly #id: TableColumn | undefined
  readonly #time: TableColumn | undefined
  readonly #rules: CellRules
  readonly #faults: Faults
  /** Ids of the sequences that have ended. */
  readonly #ended = new Set<string>()
  #begun: Begun | undefined

  constructor({ columns, id, time }: TableShape, rules: CellRules, faults: Faults) {
    this.#columns = columns
    this.#id = id
    this.#time = time
    this.#rules = rules
    this.#faults = faults
  }

  /** @returns the sequence that ended before the row, if one did */
  add(row: Row): RawSequence | undefined {
    const id = this.#id === undefined ? '' : (toText(row.cells[this.#id.at]) ?? '')
    const isNext = this.#begun?.id !== id
    const ended = isNext ? this.end() : undefined
    if (isNext) this.#refuseSplit(id, row)
    this.#begun ??= {
      id,
      lines: [],
      values: Object.fromEntries(this.#columns.map(({ name }) => [name, []])),
      time: undefined,
    }
    this.#refuseDisorder(this.#begun, row)
    this.#begun.lines.push(row.line)
    for (const { name, at, isNumeric } of this.#columns) {
      const cell = row.cells[at]
      this.#begun.values[name]?.push(isNumeric ? (numberOfCell(cell, this.#rules) ?? cell) : cell)
    }
    return ended
  }

  /** The sequence that is under way. */
  end(): RawSequence | undefined {
    const begun = this.#begun
    if (begun === undefined) return undefined
    this.#begun = undefined
    this.#ended.add(begun.id)
    const { values, lines } = begun
    const columns = this.#columns
    return {
      values,
      findPlace(name, [step = 0]) {
        const column = columns.find((each) => each.name === name)
        return { line: lines[step] ?? 1, ...(column !== undefined && { column: column.at + 1 }) }
      },
    }
  }

  #refuseSplit(id: string, { line }: Row): void {
    if (this.#id === undefined || !this.#ended.has(id)) return
    const { name, at } = this.#id
    const wanted = 'Must stand with the other rows of its sequence, which ended before: sort the rows by id and time'
    this.#faults.tell(() => ({ place: { line, column: at + 1 }, field: name, wanted, value: id }))
  }

  #refuseDisorder(begun: Begun, { cells, line }: Row): void {
    if (this.#time === undefined) return
    const { name, at } = this.#time
    const time = cells[at]
    if (begun.time !== undefined && !this.#isAfter(time, begun.time)) {
      const wanted = `Must be after ${shown(begun.time)} of the row before: sort the rows by id and time`
      this.#faults.tell(() => ({ place: { line, column: at + 1 }, field: name, wanted, value: time }))
    }
    begun.time = time
  }

  /** Times are numbers, or texts that sort as they follow each other, as those of ISO 8601 do. */
  #isAfter(time: unknown, before: unknown): boolean {
    const [a, b] = [numberOfCell(time, this.#rules), numberOfCell(before, this.#rules)]
    return a !== undefined && b !== undefined ? a > b : (toText(time) ?? '') > (toText(before) ?? '')
  }
}
