import type { UploadOptions } from '@unroll/contract'
import { isMissingCell, numberOfCell, type CellRules } from '../table_cells.ts'
import type { Faults } from '../faults.ts'
import { isIdName, isRowIndex, isSequenceName, isTimeName } from '../names.ts'

/** A row of a table. */
export interface Row<Cell = unknown> {
  /** Its number; of a text, that of the line that it ends on. */
  line: number
  cells: readonly Cell[]
}

/** A column of a table. */
export interface TableColumn {
  name: string
  /** Its place in each row. */
  at: number
  isNumeric: boolean
}

/** What the columns of a table are. */
export interface TableShape {
  layout: 'wide' | 'long'
  /** Those that are values, in order. */
  columns: readonly TableColumn[]
  /** Names the sequence of a row, in a long table. */
  id: TableColumn | undefined
  /** Orders the rows of a sequence, in a long table. */
  time: TableColumn | undefined
  /** Cells of each row. */
  width: number
}

/** @param names of the columns, undefined where the table does not name them: they are called by their numbers, from 1 */
export function shapeOfTable(
  rows: readonly Row[],
  names: readonly string[] | undefined,
  { options, faults, rules }: { options: UploadOptions; faults: Faults; rules: CellRules },
): TableShape {
  const width = names?.length ?? rows[0]?.cells.length ?? 0
  const called = names ?? Array.from({ length: width }, (_, at) => String(at + 1))
  refuseUnknownNames(called, options, faults)
  refuseRepeats(called, faults)
  const columns = called.map((name, at) => ({ name, at, isNumeric: isNumeric(rows, at, rules) }))
  const isLeftOut = ({ name, at }: TableColumn) =>
    options.ignore?.includes(name) === true ||
    (at === 0 && names !== undefined && isRowIndex(name)) ||
    (name === '' && rows.every(({ cells }) => isMissingCell(cells[at], rules))) // a delimiter ends each row
  const kept = columns.filter((column) => !isLeftOut(column))
  const find = (given: string | undefined, isOne: (name: string) => boolean) =>
    kept.find(({ name }) => (given === undefined ? isOne(name) && name !== options.label : name === given))
  const id = find(options.id, isIdName)
  const time = find(options.time, isTimeName)
  const layout = options.layout ?? (time === undefined ? 'wide' : 'long')
  if (layout === 'wide') return { layout, columns: kept, id, time: undefined, width }
  return { layout, columns: kept.filter((column) => column !== time), id, time, width }
}

/** Whether a column of a wide table is a value of the sequence, and no step of it. */
export function isOfTheSequence({ name, isNumeric: numeric }: TableColumn, options: UploadOptions): boolean {
  if (options.per_sequence?.includes(name) === true || name === options.label || name === options.id) return true
  return !numeric || isSequenceName(name)
}

/** Most of its cells are numerals: others are then faults. */
function isNumeric(rows: readonly Row[], at: number, rules: CellRules): boolean {
  let [numerals, texts] = [0, 0]
  for (const { cells } of rows) {
    const cell = cells[at]
    if (numberOfCell(cell, rules) !== undefined) numerals += 1
    else if (!isMissingCell(cell, rules)) texts += 1
  }
  return texts === 0 || numerals > texts
}

function refuseUnknownNames(names: readonly string[], options: UploadOptions, faults: Faults): void {
  const { label, id, time, per_sequence = [], number = [], category = [] } = options
  const given = Object.entries({ label: [label], id: [id], time: [time], per_sequence, number, category })
  for (const [option, values] of given)
    for (const name of values)
      if (name !== undefined && !names.includes(name))
        faults.end({
          place: { line: 1 },
          field: option,
          wanted: `Must have a column of that name (${option}): its columns are ${names.slice(0, 50).join(', ')}`,
          value: name,
        })
}

function refuseRepeats(names: readonly string[], faults: Faults): void {
  for (const [at, name] of names.entries()) {
    if (name === '' || names.indexOf(name) === at) continue
    const wanted = `Must have a name of its own: column ${names.indexOf(name) + 1} has it as well`
    faults.tell(() => ({ place: { line: 1, column: at + 1 }, field: name, wanted, value: name }))
  }
  faults.refuseAny()
}
