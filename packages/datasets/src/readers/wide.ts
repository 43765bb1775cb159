import { numberOfText, type DecimalMark } from '../cells.ts'
import type { Place } from '../faults.ts'
import type { IngestOptions } from '../options.ts'
import type { RawSequence } from '../raw_sequence.ts'
import type { Row } from './rows.ts'
import { isOfTheSequence, type TableColumn, type TableShape } from './table.ts'

/** Makes sequences of rows: the steps of each are its numbers, in order. */
export class WideRows {
  readonly #steps: readonly TableColumn[]
  readonly #others: readonly TableColumn[]
  readonly #decimal: DecimalMark

  constructor({ columns }: TableShape, decimal: DecimalMark, options: IngestOptions) {
    this.#steps = columns.filter((column) => !isOfTheSequence(column, options))
    this.#others = columns.filter((column) => isOfTheSequence(column, options))
    this.#decimal = decimal
  }

  sequenceOf({ cells, line }: Row): RawSequence {
    const inputs = this.#steps.map(({ at }) => {
      const cell = cells[at] ?? ''
      return numberOfText(cell, this.#decimal) ?? cell
    })
    const values: Record<string, unknown> = this.#steps.length === 0 ? {} : { inputs }
    for (const { name, at } of this.#others) values[name] = cells[at]
    return { values, placeOf: (name, path) => this.#placeOf(name, path, line) }
  }

  #placeOf(name: string, [step]: readonly number[], line: number): Place {
    const own = this.#others.find((column) => column.name === name)
    const column = own ?? (step === undefined ? undefined : this.#steps[step])
    return { line, ...(column !== undefined && { column: column.at + 1 }) }
  }
}
