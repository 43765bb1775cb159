import { numberOfText, type DecimalMark } from '../cells.ts'
import type { Faults } from '../faults.ts'
import type { RawSequence } from '../raw_sequence.ts'
import type { Row } from './rows.ts'
import type { TableColumn, TableShape } from './table.ts'

interface Begun {
  id: string
  lines: number[]
  values: Record<string, unknown[]>
  time: string | undefined
}

/** Makes sequences of rows that are steps: those of one id, next to each other, in the order of their times. */
export class LongRows {
  readonly #columns: readonly TableColumn[]
  readonly #id: TableColumn | undefined
  readonly #time: TableColumn | undefined
  readonly #decimal: DecimalMark
  readonly #faults: Faults
  /** Ids of the sequences that have ended. */
  readonly #ended = new Set<string>()
  #begun: Begun | undefined

  constructor({ columns, id, time }: TableShape, decimal: DecimalMark, faults: Faults) {
    this.#columns = columns
    this.#id = id
    this.#time = time
    this.#decimal = decimal
    this.#faults = faults
  }

  /** @returns the sequence that ended before the row, if one did */
  add(row: Row): RawSequence | undefined {
    const id = this.#id === undefined ? '' : (row.cells[this.#id.at] ?? '')
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
      const cell = row.cells[at] ?? ''
      this.#begun.values[name]?.push(isNumeric ? (numberOfText(cell, this.#decimal) ?? cell) : cell)
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
      placeOf(name, [step = 0]) {
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
    const time = cells[at] ?? ''
    if (begun.time !== undefined && !this.#isAfter(time, begun.time)) {
      const wanted = `Must be after ${JSON.stringify(begun.time)} of the row before: sort the rows by id and time`
      this.#faults.tell(() => ({ place: { line, column: at + 1 }, field: name, wanted, value: time }))
    }
    begun.time = time
  }

  /** Times are numbers, or texts that sort as they follow each other, as those of ISO 8601 do. */
  #isAfter(time: string, before: string): boolean {
    const [a, b] = [numberOfText(time, this.#decimal), numberOfText(before, this.#decimal)]
    return a !== undefined && b !== undefined ? a > b : time > before
  }
}
