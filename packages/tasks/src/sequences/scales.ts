// Statistics of the training part, and what is made of them: z = (x - offset) / unit.

import type { DatasetField, SequencesPlan } from '@unroll/contract'
import { cutBlocks, type Piece } from './pieces.ts'
import type { Sequences } from './sequences.ts'
import { withPauses } from './with_pauses.ts'

/** How one number of a field is read. */
export interface Scale {
  offset: number
  unit: number
  /** Of the training part; 0 where it has no value. */
  mean: number
}

/** Scales of each number of a field, by the field's name. */
export type Scales = ReadonlyMap<string, readonly Scale[]>

/** The scales of the numbers that are read, and of those that are learned. */
export async function computeScales(
  plan: SequencesPlan,
  sequences: Sequences,
  training: readonly Piece[],
): Promise<Scales> {
  const learned = plan.classes === null ? plan.targets : []
  const scales = new Map<string, readonly Scale[]>()
  for (const field of new Set([...plan.inputs.filter(({ type }) => type === 'number'), ...learned])) {
    const isLabel = plan.problem === 'multi_label' && learned.includes(field)
    const statistics = await computeStatistics(field, sequences, training)
    scales.set(
      field.name,
      statistics.map((each) => each.scale(isLabel ? 'none' : plan.normalise)),
    )
  }
  return scales
}

async function computeStatistics(
  field: DatasetField,
  sequences: Sequences,
  training: readonly Piece[],
): Promise<readonly Statistics[]> {
  const { name, width, per } = field
  const statistics = Array.from({ length: width }, () => new Statistics())
  const take = (values: Float64Array) => {
    for (let i = 0; i < values.length; i++) statistics[i % width]!.take(values[i]!)
  }
  const all = per === 'sequence' ? sequences.numbers(name) : undefined
  for await (const { sequence, from, to } of withPauses(iterateBlocks(training))) {
    if (all === undefined) take(sequences.stepNumbers(sequence, name, from, to))
    else if (from === 0) take(all.subarray(sequence * width, (sequence + 1) * width))
  }
  return statistics
}

/** The steps of pieces that targets are of, so many at a time. */
function* iterateBlocks(pieces: readonly Piece[]): Generator<Pick<Piece, 'sequence' | 'from' | 'to'>> {
  for (const { sequence, ...steps } of pieces)
    for (const [from, to] of cutBlocks(steps.from, steps.to)) yield { sequence, from, to }
}

/** Mean and deviation in one pass (Welford 1962), which does not cancel. */
class Statistics {
  #count = 0
  #mean = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity

  take(value: number): void {
    if (Number.isNaN(value)) return
    this.#count += 1
    const off = value - this.#mean
    this.#mean += off / this.#count
    this.#squares += off * (value - this.#mean)
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  /** A number that never changes has no unit of its own: it is read as 0. */
  scale(normalise: SequencesPlan['normalise']): Scale {
    const mean = this.#mean
    const unit = { standard: Math.sqrt(this.#squares / this.#count), minmax: this.#max - this.#min, none: 1 }[normalise]
    const offset = { standard: mean, minmax: this.#count === 0 ? 0 : this.#min, none: 0 }[normalise]
    return { offset, unit: Number.isFinite(unit) && unit > 0 ? unit : 1, mean }
  }
}
