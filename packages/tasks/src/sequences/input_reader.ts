import { indicatorWidth, inputWidth, readsSymbols, type DatasetField, type SequencesPlan } from '@unroll/contract'
import { Kept } from './kept.ts'
import type { Scales } from './scales.ts'
import type { Sequences } from './sequences.ts'

/** What a network is given of a sequence, steps first: numbers [steps, X], or symbols [steps]. */
export type Read = Float32Array | Int32Array

/** What of a plan says how inputs are read. */
type ReadPlan = Pick<SequencesPlan, 'inputs' | 'missing' | 'masked' | 'maxLength'>

/** Steps that are looked at together for the last value before. */
const LOOK_BACK = 256

/** Reads what a network is given, normalised, with what is missing masked or imputed. */
export class InputReader {
  /** X: numbers of a step; 1 of a symbol. */
  readonly width: number
  readonly isSymbols: boolean
  readonly #plan: ReadPlan
  readonly #sequences: Sequences
  readonly #scales: Scales
  readonly #kept: Kept<Read>

  constructor(plan: ReadPlan, sequences: Sequences, scales: Scales, width: number) {
    this.#plan = plan
    this.#sequences = sequences
    this.#scales = scales
    this.isSymbols = readsSymbols(plan)
    this.width = this.isSymbols ? 1 : width
    this.#kept = new Kept(sequences, plan.maxLength, this.width, (sequence, length) => this.#make(sequence, 0, length))
  }

  /** Steps [start, end) of a sequence. A view, not to be written to. */
  read(sequence: number, start: number, end: number): Read {
    const whole = this.#kept.get(sequence)
    if (whole === undefined) return this.#make(sequence, start, end)
    return whole.subarray(start * this.width, end * this.width)
  }

  #make(sequence: number, start: number, end: number): Read {
    const [first] = this.#plan.inputs
    if (this.isSymbols) return this.#symbols(sequence, first!, start, end)
    const steps = end - start
    const into = new Float32Array(steps * this.width)
    let column = 0
    for (const field of this.#plan.inputs) {
      if (field.type === 'category') this.#writeCategories(sequence, field, start, end, into, column)
      else this.#writeNumbers(sequence, field, start, end, into, column)
      column += inputWidth(field)
    }
    for (const field of this.#plan.masked) column = this.#writeObserved(sequence, field, start, end, into, column)
    return into
  }

  #symbols(sequence: number, field: DatasetField, start: number, end: number): Int32Array {
    const ids = this.#sequences.stepCategories(sequence, field.name, start, end)
    if (field.missing === 0) return ids
    const none = inputWidth(field) // the symbol that stands for none
    if (this.#plan.missing === 'mask') return ids.map((id) => (id < 0 ? none : id))
    return this.#imputed(sequence, field, start, ids)
  }

  /** Ids with the last one before in place of what is missing, the first category where there is none. */
  #imputed(sequence: number, field: DatasetField, start: number, ids: Int32Array): Int32Array {
    const read = (from: number, to: number) => this.#sequences.stepCategories(sequence, field.name, from, to)
    let last = ids[0]! < 0 ? (lastBefore(start, read, (id) => id >= 0) ?? 0) : 0
    return ids.map((id) => (last = id < 0 ? last : id))
  }

  #writeCategories(
    sequence: number,
    field: DatasetField,
    start: number,
    end: number,
    into: Float32Array,
    column: number,
  ): void {
    const ids = this.#sequences.stepCategories(sequence, field.name, start, end)
    const known = this.#plan.missing === 'impute' ? this.#imputed(sequence, field, start, ids) : ids
    for (let t = 0; t < known.length; t++) if (known[t]! >= 0) into[t * this.width + column + known[t]!] = 1
  }

  #writeNumbers(
    sequence: number,
    field: DatasetField,
    start: number,
    end: number,
    into: Float32Array,
    column: number,
  ): void {
    const { name, width } = field
    const values = this.#sequences.stepNumbers(sequence, name, start, end)
    const scales = this.#scales.get(name)!
    for (let w = 0; w < width; w++) {
      const { offset, unit, mean } = scales[w]!
      let last = mean
      if (this.#plan.missing === 'impute' && Number.isNaN(values[w]!)) {
        const read = (from: number, to: number) =>
          this.#sequences.stepNumbers(sequence, name, from, to).filter((_, i) => i % width === w)
        last = lastBefore(start, read, (value) => !Number.isNaN(value)) ?? mean
      }
      for (let t = 0; t < end - start; t++) {
        const value = values[t * width + w]!
        const isMissing = Number.isNaN(value)
        if (!isMissing && this.#plan.missing === 'impute') last = value
        into[t * this.width + column + w] = ((isMissing ? last : value) - offset) / unit
      }
    }
  }

  /** 1 where a masked field was observed. @returns the column behind */
  #writeObserved(
    sequence: number,
    field: DatasetField,
    start: number,
    end: number,
    into: Float32Array,
    column: number,
  ): number {
    const width = indicatorWidth(field)
    const values =
      field.type === 'category'
        ? this.#sequences.stepCategories(sequence, field.name, start, end)
        : this.#sequences.stepNumbers(sequence, field.name, start, end)
    const isObserved = field.type === 'category' ? (id: number) => id >= 0 : (value: number) => !Number.isNaN(value)
    for (let i = 0; i < values.length; i++)
      into[Math.floor(i / width) * this.width + column + (i % width)] = Number(isObserved(values[i]!))
    return column + width
  }
}

/** The last of the values before a step that is there; undefined where none is. */
function lastBefore(
  start: number,
  read: (from: number, to: number) => ArrayLike<number>,
  isThere: (value: number) => boolean,
): number | undefined {
  for (let to = start; to > 0; to -= LOOK_BACK) {
    const found = Array.from(read(Math.max(0, to - LOOK_BACK), to)).findLast(isThere)
    if (found !== undefined) return found
  }
  return undefined
}
