import type { UploadOptions } from '@unroll/contract'
import { numberOfCell, type CellRules } from '../table_cells.ts'
import type { Place } from '../faults.ts'
import type { RawSequence } from '../raw_sequence.ts'
import { isOfTheSequence, type Row, type TableColumn, type TableShape } from './table.ts'

/** Makes sequences of rows: the steps of each are its numbers, in order. */
export class WideRows {
  readonly #steps: readonly TableColumn[]
  readonly #others: readonly TableColumn[]
  readonly #rules: CellRules

  constructor({ columns }: TableShape, rules: CellRules, options: UploadOptions) {
    this.#steps = columns.filter((column) => !isOfTheSequence(column, options))
    this.#others = columns.filter((column) => isOfTheSequence(column, options))
    this.#rules = rules
  }

  toSequence({ cells, line }: Row): RawSequence {
    const inputs = this.#steps.map(({ at }) => {
      const cell = cells[at]
      return numberOfCell(cell, this.#rules) ?? cell
    })
    const values: Record<string, unknown> = this.#steps.length === 0 ? {} : { inputs }
    for (const { name, at } of this.#others) values[name] = cells[at]
    return { values, findPlace: (name, path) => this.#findPlace(name, path, line) }
  }

  #findPlace(name: string, [step]: readonly number[], line: number): Place {
    const own = this.#others.find((column) => column.name === name)
    const column = own ?? (step === undefined ? undefined : this.#steps[step])
    return { line, ...(column !== undefined && { column: column.at + 1 }) }
  }
}
