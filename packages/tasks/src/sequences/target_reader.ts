import { answeredQuantiles, type DatasetField, type SequencesPlan } from '@unroll/contract'
import { answersAhead, type Piece } from './pieces.ts'
import type { Scale, Scales } from './scales.ts'
import type { Sequences } from './sequences.ts'

/** Targets: class ids, -1 where there is none; or numbers [rows, K], NaN where there is none. */
export type Targets = Int32Array | Float32Array

/** Reads what is to be answered, numbers normalised. */
export class TargetReader {
  /** Numbers of a row of targets: 1 of a class id, else K. */
  readonly width: number
  readonly isIds: boolean
  /** Whether a class is a row of K numbers, 1 in its place and 0 in all others. */
  readonly isOneHot: boolean
  /** Whether there is one row for the whole sequence. */
  readonly isWhole: boolean
  /** Units of each number of a row, in which an error is given: that of the data by that of the network. */
  readonly units: readonly number[]
  /** Of each number of a target. */
  readonly scales: readonly Scale[]
  readonly #plan: SequencesPlan
  readonly #sequences: Sequences
  readonly #scales: Scales
  /** Answers that each number has, side by side. */
  readonly #answers: number
  readonly #ids: Int32Array | undefined
  readonly #numbers: Float64Array | undefined

  constructor(plan: SequencesPlan, sequences: Sequences, scales: Scales) {
    const [first] = plan.targets
    this.#plan = plan
    this.#sequences = sequences
    this.#scales = scales
    this.scales = plan.targets.flatMap(({ name }) => scales.get(name) ?? [])
    this.#answers = answeredQuantiles(plan.loss).length
    this.isIds = plan.readout === 'softmax'
    this.isOneHot = plan.classes !== null && !this.isIds
    this.isWhole = first?.per === 'sequence'
    const isClasses = plan.classes !== null
    const numbers = plan.horizon * plan.width * this.#answers
    this.width = this.isIds ? 1 : (plan.classes?.length ?? numbers)
    const each = isClasses ? [] : this.scales.flatMap(({ unit }) => repeated(unit, this.#answers))
    this.units = Array.from({ length: plan.horizon }, () => each).flat()
    if (this.isWhole && isClasses) this.#ids = sequences.categories(first!.name)
    if (this.isWhole && !isClasses) this.#numbers = sequences.numbers(first!.name)
  }

  /** The target of a whole sequence, one row. */
  whole(sequence: number): Targets {
    if (this.#ids !== undefined) return this.#encode(this.#ids.subarray(sequence, sequence + 1))
    const { width } = this.#plan
    const row = this.#numbers!.subarray(sequence * width, (sequence + 1) * width)
    return Float32Array.from({ length: this.width }, (_, k) => {
      const w = Math.floor(k / this.#answers)
      return (row[w]! - this.scales[w]!.offset) / this.scales[w]!.unit
    })
  }

  /** The targets at steps [start, end) of a piece, a row each. */
  steps(piece: Piece, start: number, end: number): Targets {
    const [first] = this.#plan.targets
    const isClasses = this.isIds || this.isOneHot
    return isClasses ? this.#encode(this.#stepIds(piece, first!, start, end)) : this.#stepNumbers(piece, start, end)
  }

  /** Normalised numbers of the targets at steps [start, end) of a sequence, [steps, W]. */
  series(sequence: number, start: number, end: number): Float32Array {
    const { width, targets } = this.#plan
    const into = new Float32Array((end - start) * width)
    let column = 0
    for (const field of targets) {
      const values = this.#sequences.stepNumbers(sequence, field.name, start, end)
      const scales = this.#scales.get(field.name)!
      for (let i = 0; i < values.length; i++) {
        const w = i % field.width
        into[Math.floor(i / field.width) * width + column + w] = (values[i]! - scales[w]!.offset) / scales[w]!.unit
      }
      column += field.width
    }
    return into
  }

  #encode(ids: Int32Array): Targets {
    return this.isIds ? ids : encodeOneHot(ids, this.width)
  }

  #stepIds({ sequence, from, to }: Piece, { name }: DatasetField, start: number, end: number): Int32Array {
    const ahead = answersAhead(this.#plan) ? 1 : 0
    const ids = this.#sequences.stepCategories(sequence, name, start + ahead, Math.min(end + ahead, to))
    return Int32Array.from({ length: end - start }, (_, t) => (start + t + ahead < from ? -1 : (ids[t] ?? -1)))
  }

  #stepNumbers({ sequence, from, to }: Piece, start: number, end: number): Float32Array {
    const { horizon, width } = this.#plan
    const ahead = answersAhead(this.#plan) ? 1 : 0
    const first = start + ahead
    const values = this.series(sequence, first, Math.max(first, Math.min(end - 1 + ahead + horizon, to)))
    const answers = this.#answers
    const into = new Float32Array((end - start) * this.width).fill(Number.NaN)
    for (let t = start; t < end; t++)
      for (let j = 0; j < horizon; j++) {
        const at = t + ahead + j // the step that the target is of
        if (at < from || at >= to) continue
        for (let w = 0; w < width; w++) {
          const k = (((t - start) * horizon + j) * width + w) * answers
          into.fill(values[(at - first) * width + w]!, k, k + answers)
        }
      }
    return into
  }
}

/** Ids as rows of K numbers: 1 in the place of the class and 0 in all others, NaN where there is none. */
export function encodeOneHot(ids: ArrayLike<number>, K: number): Float32Array {
  return Float32Array.from({ length: ids.length * K }, (_, i) => {
    const id = ids[Math.floor(i / K)]!
    return id < 0 ? Number.NaN : Number(i % K === id)
  })
}

function repeated(value: number, times: number): number[] {
  return Array.from({ length: times }, () => value)
}
