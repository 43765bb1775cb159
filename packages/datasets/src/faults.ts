import { MOST_FAULTS, UnrollError, shown, type Fault } from '@unroll/contract'
import { NumberRows } from './number_rows.ts'

/** Where in an upload something stands, counted from 1: a line of a text or a row of a table, and a character or column of it. */
export interface Place {
  line: number
  /** The first unless given. */
  column?: number
}

/** What is wrong at a place. */
export interface Told {
  place: Place
  /** The field that has it, or '' where it is none's. */
  field: string
  /** What was wanted: a sentence that begins with "Must". */
  wanted: string
  value?: unknown
}

/** What is wrong with an upload: the first 100 faults, and the count of all. */
export class Faults {
  readonly #first: Fault[] = []
  /** Of all, listed or not. */
  count = 0

  /** @param told asked for what there is to tell while it is listed */
  tell(told: () => Told): void {
    this.count += 1
    if (this.#first.length < MOST_FAULTS) this.#first.push(describeFault(told()))
  }

  /** Ends the reading of what cannot be read on. */
  end(told: Told): never {
    this.tell(() => told)
    throw this.refusal()
  }

  /** @throws {UnrollError} DATASET_INVALID, where something is wrong */
  refuseAny(): void {
    if (this.count > 0) throw this.refusal()
  }

  /** @param cause what a library says, where it is the reason */
  refusal(cause?: unknown): UnrollError {
    const listed = this.count > this.#first.length ? `, of which the first ${this.#first.length} are listed` : ''
    const faults = this.count === 1 ? '1 fault' : `${this.count} faults`
    return new UnrollError('DATASET_INVALID', `Cannot store the data set as it has ${faults}${listed}`, {
      faults: this.#first,
      faultCount: this.count,
      cause,
    })
  }
}

function describeFault({ place: { line, column = 1 }, field, wanted, value }: Told): Fault {
  const came = value === undefined ? '' : `: current value is ${shown(plain(value))}`
  return {
    pointer: field,
    detail: `Line ${line}, column ${column}: ${wanted.charAt(0).toLowerCase()}${wanted.slice(1)}${came}`,
    ...(value !== undefined && { value: plain(value) }),
    line,
    column,
  }
}

/** A value that JSON can carry. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Float64Array) return Array.from(value)
  if (value instanceof NumberRows) return value.toLists().map(plain)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
