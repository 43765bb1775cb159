import type { SampleSequence, SequenceSchema } from '@unroll/contract'
import type { CellRules } from './table_cells.ts'
import type { Schema } from 'apache-arrow'
import { createBatch, type ColumnValues } from './arrow/batch.ts'
import { createSchema } from './arrow/layout.ts'
import { SequenceFileWriter } from './arrow/writer.ts'
import { CategoryColumn, toText } from './columns/category_column.ts'
import { isAbsent, isList, type Column, type FieldPlan, type Report } from './columns/column.ts'
import { IdentifierColumn } from './columns/identifier_column.ts'
import { NumberColumn } from './columns/number_column.ts'
import type { Faults } from './faults.ts'
import type { Plan } from './inference.ts'
import { Growing, describeLengths } from './lengths.ts'
import { NumberRows } from './number_rows.ts'
import type { RawSequence } from './raw_sequence.ts'
import { takeSamples } from './samples.ts'
import { ValuesDigest } from './values_digest.ts'

/** A batch is written when it has so many bytes, or so many sequences. */
const BATCH_BYTES = 4 * 2 ** 20
const BATCH_SEQUENCES = 8192
/** The first batch is small: whoever looks at the first sequences reads it alone. */
const FIRST_BATCH = 16
const BYTES = 8

type AnyColumn = Column<ColumnValues>

/** Checks sequences against their plan and writes them. */
export class SequenceTable {
  readonly #plan: Plan
  readonly #faults: Faults
  readonly #columns: readonly AnyColumn[]
  readonly #sources: ReadonlySet<string>
  readonly #writer = new SequenceFileWriter()
  /** What is shown of the first sequences, once the first batch is written. */
  #samples: SampleSequence[] = []
  #schema: Schema | undefined
  readonly #digest = new ValuesDigest()
  readonly #lengths = new Growing()
  /** Where the sequences of the next batch start among its steps. */
  #offsets = new Growing()
  #numbersPerStep: number
  #written = 0

  /** @param ignored names that are left out wherever they are met */
  constructor(plan: Plan, rules: CellRules, faults: Faults, ignored: readonly string[] = []) {
    this.#plan = plan
    this.#faults = faults
    this.#columns = plan.fields.map((field) => createColumn(field, rules))
    this.#sources = new Set([...plan.fields.map(({ source }) => source), ...ignored])
    this.#numbersPerStep = plan.fields.reduce((sum, { per, width }) => sum + (per === 'step' ? width : 0), 0)
    this.#offsets.push(0)
  }

  /** @returns bytes of the file, where a batch is full */
  add(sequence: RawSequence): Uint8Array | undefined {
    const steps = this.#stepsOf(sequence)
    if (steps === undefined) return undefined
    this.#refuseUnknown(sequence)
    for (const column of this.#columns) this.#append(column, sequence, steps)
    this.#lengths.push(steps)
    const end = (this.#offsets.all().at(-1) ?? 0) + steps
    this.#offsets.push(end)
    const rows = this.#offsets.length - 1
    const isFull = rows >= BATCH_SEQUENCES || (end * this.#numbersPerStep + rows) * BYTES >= BATCH_BYTES
    return isFull || (this.#written === 0 && rows >= FIRST_BATCH) ? this.#flush() : undefined
  }

  /**
   * The end of the file, and what is in it.
   *
   * @throws {UnrollError} DATASET_INVALID
   */
  end(): { bytes: Uint8Array[]; schema: SequenceSchema; samples: SampleSequence[] } {
    const last = this.#flush()
    this.#faults.refuseAny()
    const lengths = this.#lengths.all()
    const schema = {
      sequences: lengths.length,
      steps: lengths.reduce((sum, length) => sum + length, 0),
      lengths: describeLengths(lengths),
      fields: this.#columns.map((column) => column.describe()),
      values_sha256: this.#digest.result((plan) => this.#listNames(plan)),
    }
    const dictionaries = new Map(
      this.#columns.flatMap((column, at) => (column instanceof CategoryColumn ? [[at, column.names()] as const] : [])),
    )
    const end = this.#writer.end(dictionaries, JSON.stringify(schema))
    return { bytes: last === undefined ? [end] : [last, end], schema, samples: this.#samples }
  }

  /** Undefined, with the fault told, where it has none. */
  #stepsOf(sequence: RawSequence): number | undefined {
    const { reference } = this.#plan
    const value = sequence.values[reference]
    const steps = countSteps(value)
    if (steps !== undefined && steps > 0) return steps
    this.#tell(sequence, reference, [], 'Must be a list of at least one step', value)
    return undefined
  }

  #append(column: AnyColumn, sequence: RawSequence, steps: number): void {
    const { source, per, isRepeated } = column.plan
    const report: Report = (path, wanted, value) => this.#tell(sequence, source, path, wanted, value)
    const value = sequence.values[source]
    if (per === 'step') {
      const entries = countSteps(value)
      if (isAbsent(value) || entries === steps) return column.append(value, steps, report)
      const came = entries === undefined ? 'it is no list' : `it has ${entries}`
      report([], `Must have ${steps} entries, one for each step of "${this.#plan.reference}": ${came}`)
      return column.append(undefined, steps, report)
    }
    column.append(isRepeated === true ? takeOnly(value, report) : value, 1, report)
  }

  /** A field that was in none of the first sequences would be lost. */
  #refuseUnknown(sequence: RawSequence): void {
    for (const name of Object.keys(sequence.values)) {
      if (this.#sources.has(name)) continue
      const wanted = `Must be a field of the first sequences, or be left out by ignore=${name}`
      this.#tell(sequence, name, [], wanted, sequence.values[name])
    }
  }

  #tell(sequence: RawSequence, field: string, path: readonly number[], wanted: string, value?: unknown): void {
    this.#faults.tell(() => ({ place: sequence.findPlace(field, path), field, wanted, value }))
  }

  /** Writes what is there, unless something is at fault: then it is dropped, and only the checks go on. */
  #flush(): Uint8Array | undefined {
    const values = this.#columns.map((column) => column.take())
    const offsets = this.#offsets.all()
    this.#offsets = new Growing()
    this.#offsets.push(0)
    const rows = offsets.length - 1
    if (rows === 0 || this.#faults.count > 0) return undefined
    this.#addToDigest(values, rows)
    this.#written += rows
    if (this.#schema === undefined) {
      const columns = this.#columns.map(({ plan }, at) => ({
        plan,
        values: values[at] ?? [],
        names: this.#listNames(plan),
      }))
      this.#samples = takeSamples(columns, offsets)
      this.#schema = createSchema(this.#plan.fields, this.#samples)
      this.#writer.start(this.#schema)
    }
    return this.#writer.add(createBatch(this.#schema, values, offsets))
  }

  #addToDigest(values: readonly ColumnValues[], rows: number): void {
    this.#digest.addLengths(this.#lengths.all().slice(-rows))
    const steps: { width: number; values: Float64Array }[] = []
    for (const [at, { plan }] of this.#columns.entries()) {
      const of = values[at] ?? []
      if (plan.type === 'identifier') continue
      if (plan.per === 'step') {
        if (of instanceof Float64Array) steps.push({ width: plan.width, values: of })
        else if (of instanceof Int32Array) this.#digest.addIds(plan, of)
      } else if (of instanceof Float64Array && plan.width > 1) this.#digest.addVectors(plan, of)
      else this.#digest.addTexts(plan, this.#decodeLines(plan, of))
    }
    this.#digest.addSteps(steps)
  }

  #decodeLines(plan: FieldPlan, values: ColumnValues): (string | null)[] {
    const names = values instanceof Int32Array ? this.#listNames(plan) : []
    return Array.from(values as ArrayLike<unknown>, (value) =>
      values instanceof Int32Array ? (names[value as number] ?? null) : (toText(value) ?? null),
    )
  }

  #listNames(plan: FieldPlan): readonly string[] {
    const column = this.#columns.find((each) => each.plan === plan)
    return column instanceof CategoryColumn ? column.names() : []
  }
}

function createColumn(plan: FieldPlan, rules: CellRules): AnyColumn {
  if (plan.type === 'number') return new NumberColumn(plan, rules)
  return plan.type === 'category' ? new CategoryColumn(plan, rules) : new IdentifierColumn(plan)
}

/** Entries of a list; undefined of what is none. */
function countSteps(value: unknown): number | undefined {
  return isList(value) || value instanceof NumberRows ? value.length : undefined
}

/** The value that all steps of a sequence repeat. */
function takeOnly(value: unknown, report: Report): unknown {
  if (!isList(value)) return value
  for (let row = 1; row < value.length; row++) {
    if (Object.is(value[row], value[0])) continue
    const wanted = `Must be ${JSON.stringify(value[0])} as in the first row of its sequence`
    report([row], wanted, value[row])
    break
  }
  return value[0]
}
