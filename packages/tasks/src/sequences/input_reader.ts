import { inputWidth, readsSymbols, type DatasetField, type SequencesPlan } from '@unroll/contract'
import { Kept } from './kept.ts'
import type { Scales } from './scales.ts'
import type { Sequences } from './sequences.ts'

/** What a network is given of a sequence, steps first: numbers [steps, X], or symbols [steps]. */
export type Read = Float32Array | Int32Array

/** What of a plan says how inputs are read. */
type ReadPlan = Pick<SequencesPlan, 'inputs' | 'missing' | 'mask' | 'masked' | 'maxLength'>

/** Steps [start, end) of a sequence. */
interface Place {
  readonly sequence: number
  readonly start: number
  readonly end: number
}

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
    this.#kept = new Kept(sequences, plan.maxLength, this.width, (sequence, end) =>
      this.#make({ sequence, start: 0, end }),
    )
  }

  /** Steps [start, end) of a sequence. A view, not to be written to. */
  read(sequence: number, start: number, end: number): Read {
    const whole = this.#kept.get(sequence)
    if (whole === undefined) return this.#make({ sequence, start, end })
    return whole.subarray(start * this.width, end * this.width)
  }

  #make(place: Place): Read {
    const { inputs, masked } = this.#plan
    if (this.isSymbols) return this.#symbols(inputs[0]!, place)
    const blocks = [
      ...inputs.map((field) => (field.type === 'category' ? this.#oneHot(field, place) : this.#scaled(field, place))),
      ...masked.map((field) => this.#observed(field, place)),
    ]
    return sideBySide(blocks, place.end - place.start, this.width)
  }

  #symbols(field: DatasetField, place: Place): Int32Array {
    const ids = this.#categories(field, place)
    if (field.missing === 0) return this.#plan.mask === undefined ? ids : ids.map((id) => Math.max(id, 0)) // any, where none is read
    const none = inputWidth(field) // the symbol that stands for none
    if (this.#plan.missing === 'mask') return ids.map((id) => (id < 0 ? none : id))
    return this.#imputed(field, place, ids)
  }

  /** Ids with the last one before in place of what is missing, the first category where there is none. */
  #imputed(field: DatasetField, place: Place, ids: Int32Array): Int32Array {
    const read = (from: number, to: number) => this.#categories(field, { ...place, start: from, end: to })
    let last = ids[0]! < 0 ? (lastBefore(place.start, read, (id) => id >= 0) ?? 0) : 0
    return ids.map((id) => (last = id < 0 ? last : id))
  }

  /** [steps, K]: zeros where there is no category. */
  #oneHot(field: DatasetField, place: Place): Float32Array {
    const ids = this.#categories(field, place)
    const known = this.#plan.missing === 'impute' ? this.#imputed(field, place, ids) : ids
    const width = inputWidth(field)
    const block = new Float32Array(known.length * width)
    for (const [t, id] of known.entries()) if (id >= 0) block[t * width + id] = 1
    return block
  }

  /** [steps, K]: normalised numbers, the mean or the last one before in place of what is missing. */
  #scaled(field: DatasetField, place: Place): Float32Array {
    const { name, width } = field
    const values = this.#numbers(field, place)
    const block = new Float32Array(values.length)
    for (const [w, { offset, unit, mean }] of this.#scales.get(name)!.entries()) {
      let last = mean
      if (this.#plan.missing === 'impute' && Number.isNaN(values[w]!)) {
        const read = (from: number, to: number) =>
          this.#numbers(field, { ...place, start: from, end: to }).filter((_, i) => i % width === w)
        last = lastBefore(place.start, read, (value) => !Number.isNaN(value)) ?? mean
      }
      for (let i = w; i < values.length; i += width) {
        const value = values[i]!
        const isMissing = Number.isNaN(value)
        if (!isMissing && this.#plan.missing === 'impute') last = value
        block[i] = ((isMissing ? last : value) - offset) / unit
      }
    }
    return block
  }

  /** [steps, K]: 1 where a masked field was observed, else 0. */
  #observed(field: DatasetField, place: Place): Float32Array {
    if (field.type === 'category') return Float32Array.from(this.#categories(field, place), (id) => Number(id >= 0))
    return Float32Array.from(this.#numbers(field, place), (value) => Number(!Number.isNaN(value)))
  }

  #categories({ name }: DatasetField, { sequence, start, end }: Place): Int32Array {
    return this.#sequences.stepCategories(sequence, name, start, end)
  }

  #numbers({ name }: DatasetField, { sequence, start, end }: Place): Float64Array {
    return this.#sequences.stepNumbers(sequence, name, start, end)
  }
}

/** Blocks [steps, K] of each field as one [steps, width]. */
function sideBySide(blocks: readonly Float32Array[], steps: number, width: number): Float32Array {
  const all = new Float32Array(steps * width)
  let column = 0
  for (const block of blocks) {
    const own = block.length / steps
    for (let i = 0; i < block.length; i++) all[Math.floor(i / own) * width + column + (i % own)] = block[i]!
    column += own
  }
  return all
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
