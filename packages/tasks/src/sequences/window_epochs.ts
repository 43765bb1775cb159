import { random } from '@unroll/random'
import { windowAt, type Decided, type SequenceWindow, type Truncation } from '../windows.ts'
import type { Row } from './batches.ts'
import type { Piece } from './pieces.ts'

/** A window of pieces that are read side by side, the state carried from one to the next. */
export interface PieceWindow extends SequenceWindow {
  readonly rows: readonly Row[]
}

/**
 * Pieces longer than a window, N at a time side by side, cut into windows with the state carried. Pieces of about the same
 * length are read together; in which order those groups come is a function of the seed and the epoch.
 */
export class WindowEpochs {
  /** Windows of an epoch. */
  readonly size: number
  readonly #groups: readonly (readonly Piece[])[]
  readonly #windows: readonly number[]
  readonly #truncation: Truncation
  readonly #seed: number
  #epoch = -1
  /** Groups in the order of the epoch. */
  #order: readonly number[] = []

  constructor(pieces: readonly Piece[], N: number, truncation: Truncation, seed: number) {
    this.#groups = groupPieces(pieces, N)
    this.#windows = this.#groups.map((group) => Math.ceil(findLongest(group) / truncation.k1))
    this.#truncation = truncation
    this.#seed = seed
    this.size = this.#windows.reduce((sum, windows) => sum + windows, 0)
  }

  /** The window of a step of the run, from 0, with the reach that has been decided for it. */
  at(step: number, reach?: Decided['reach']): PieceWindow {
    const epoch = Math.floor(step / this.size)
    if (epoch !== this.#epoch) {
      this.#order = random(this.#seed, 'data.groups', epoch).shuffled(this.#groups.length)
      this.#epoch = epoch
    }
    let n = step % this.size
    let place = 0
    while (n >= this.#windows[this.#order[place]!]!) n -= this.#windows[this.#order[place++]!]!
    const window = windowAt(n, { ...this.#truncation, ...reach }, step)
    return { ...window, rows: rowsBetween(this.#groups[this.#order[place]!]!, window.start, window.end) }
  }
}

/** Pieces N at a time, the longest first. */
export function groupPieces(pieces: readonly Piece[], N: number): readonly (readonly Piece[])[] {
  const sorted = pieces.toSorted((a, b) => countSteps(b) - countSteps(a)) // stable: equals stay in order
  return Array.from({ length: Math.ceil(sorted.length / N) }, (_, index) => sorted.slice(index * N, (index + 1) * N))
}

/** Steps [start, end) of each piece, counted from its first, as far as it has them. */
export function rowsBetween(pieces: readonly Piece[], start: number, end: number): readonly Row[] {
  return pieces.map((piece) => ({
    piece,
    start: Math.min(piece.start + start, piece.end),
    end: Math.min(piece.start + end, piece.end),
  }))
}

/** Pieces cut so that N rows have something to read, where there are fewer than N: none shorter than T steps but the last of each. */
export function cutPieces(pieces: readonly Piece[], N: number, T: number): readonly Piece[] {
  if (pieces.length >= N) return pieces
  const total = pieces.reduce((sum, piece) => sum + countSteps(piece), 0)
  const longest = Math.max(T, Math.ceil(total / N))
  return pieces.flatMap((piece) => {
    const parts = Math.ceil(countSteps(piece) / longest)
    const steps = Math.ceil(countSteps(piece) / parts)
    return Array.from({ length: parts }, (_, index) => {
      const start = piece.start + index * steps
      return { ...piece, start, end: Math.min(start + steps, piece.end) }
    })
  })
}

export function countSteps({ start, end }: Piece): number {
  return end - start
}

export function findLongest(pieces: readonly Piece[]): number {
  return pieces.reduce((longest, piece) => Math.max(longest, countSteps(piece)), 0)
}
