import { partNamed, partSizes, type Part, type SequencesPlan } from '@unroll/contract'
import { random } from '@unroll/random'
import type { Sequences } from './sequences.ts'

/** Steps [start, end) of a sequence that are read, and whose answers are held against targets of steps [from, to). */
export interface Piece {
  readonly sequence: number
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/** Steps that are read at once where a whole data set is gone through. */
const BLOCK_STEPS = 65_536

/** Steps [start, end) in blocks that are read at once. */
export function* cutBlocks(start: number, end: number): Generator<readonly [start: number, end: number]> {
  for (let at = start; at < end; at += BLOCK_STEPS) yield [at, Math.min(at + BLOCK_STEPS, end)]
}

/** What each part of a data set consists of. */
export interface Pieces extends Readonly<Record<Part, readonly Piece[]>> {
  /** Sequences that are in no part, as they have no target or no step. */
  readonly leftOut: number
}

/**
 * The sequences of each part, or the steps of them where it is time that is split.
 *
 * @param context Steps before those that are held out in time, of which a state is made that answers can rest on.
 */
export function splitPieces(plan: SequencesPlan, sequences: Sequences, context: number): Pieces {
  const { lengths, ahead, usable } = listUsable(plan, sequences)
  const pieces: Record<Part, Piece[]> = { training: [], validation: [], test: [] }
  const add = (part: Part, piece: Piece) => {
    if (piece.end > piece.start) pieces[part].push(piece)
  }
  const { split } = plan
  if (split.by !== 'field' && split.inTime) {
    for (const sequence of usable)
      for (const { part, from, to } of cutInTime(lengths[sequence]!, split)) {
        const start = part === 'training' ? 0 : Math.max(0, from - context)
        add(part, { sequence, start, end: to - ahead, from, to })
      }
  } else {
    const partOf = assignParts(plan, sequences, usable)
    for (const [place, sequence] of usable.entries()) {
      const part = partOf(place, sequence)
      const to = lengths[sequence]!
      if (part !== undefined) add(part, { sequence, start: 0, end: to - ahead, from: 0, to })
    }
  }
  return { ...pieces, leftOut: lengths.length - usable.length }
}

/** All of a data set as the part that is tested. */
export function wholePieces(plan: SequencesPlan, sequences: Sequences): Pieces {
  const { lengths, ahead, usable } = listUsable(plan, sequences)
  const test = usable.map((sequence) => {
    const to = lengths[sequence]!
    return { sequence, start: 0, end: to - ahead, from: 0, to }
  })
  return { training: [], validation: [], test, leftOut: lengths.length - usable.length }
}

/** Which sequences have a step and a target, and the steps of all. */
function listUsable(
  plan: SequencesPlan,
  sequences: Sequences,
): { lengths: Int32Array; /** Steps of a target behind its answer. */ ahead: number; usable: readonly number[] } {
  const lengths = sequences.lengths.map((length) => Math.min(length, plan.maxLength))
  const ahead = answersAhead(plan) ? 1 : 0
  const isAnswered = testAnswered(plan, sequences)
  const usable = Array.from(lengths.keys()).filter((index) => lengths[index]! > ahead && isAnswered(index))
  return { lengths, ahead, usable }
}

/** Steps [from, to) of a sequence that each part has, the training part first; whatever no share covers lies behind it. */
function cutInTime(
  length: number,
  split: Parameters<typeof partSizes>[1],
): readonly { part: Part; from: number; to: number }[] {
  const { training, validation, test } = partSizes(length, split)
  const held = length - test - validation
  const parts: { part: Part; from: number; to: number }[] = [
    { part: 'training', from: 0, to: training },
    { part: 'validation', from: held, to: held + validation },
    { part: 'test', from: held + validation, to: length },
  ]
  return parts.filter(({ from, to }) => to > from)
}

/** Whether what is answered at a step is of the steps behind it. */
export function answersAhead({ problem }: Pick<SequencesPlan, 'problem'>): boolean {
  return problem === 'forecast' || problem === 'next_symbol'
}

/** Whether a sequence has a target, where there is one for the whole of it. */
function testAnswered({ targets, width, classes }: SequencesPlan, sequences: Sequences): (index: number) => boolean {
  const [target] = targets
  if (target === undefined || target.per === 'step') return () => true
  if (classes !== null) {
    const ids = sequences.categories(target.name)
    return (index) => ids[index]! >= 0
  }
  const numbers = sequences.numbers(target.name)
  return (index) => numbers.subarray(index * width, (index + 1) * width).some((value) => !Number.isNaN(value))
}

/** The part of each sequence that can be used, by its place among those; undefined for one that is in none. */
function assignParts(
  { split }: SequencesPlan,
  sequences: Sequences,
  usable: readonly number[],
): (place: number, sequence: number) => Part | undefined {
  if (split.by === 'field') {
    const said = sequences.categories(split.field)
    const partOfCategory = split.categories.map(partNamed)
    return (_, sequence) => partOfCategory[said[sequence]!]
  }
  const sizes = partSizes(usable.length, split)
  const places = split.by === 'random' ? random(split.seed, 'data.split').shuffled(usable.length) : undefined
  // order: training first, what is held out last; whatever no share covers lies between.
  const last = usable.length - sizes.test
  return (place) => {
    const at = places === undefined ? place : places[place]!
    if (at >= last) return 'test'
    if (at >= last - sizes.validation) return 'validation'
    return at < sizes.training ? 'training' : undefined
  }
}
