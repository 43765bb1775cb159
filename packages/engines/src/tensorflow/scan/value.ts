// The matrices of one step of a scan as it is traced: how each is made, not yet where it lies.

import type { Node } from '../graph/graph.ts'
import type { Code } from './codes.ts'

/** The size of a matrix. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
}

export interface Instruction extends Matrix {
  readonly kind: 'instruction'
  readonly code: Code
  readonly operands: readonly Value[]
  /** Elements led over: those of the result, but for reductions those of the operand. */
  readonly over: Matrix
  /** multiply: whether the second operand is read transposed. */
  readonly transposed?: boolean
  /** scale, clamp. */
  readonly number?: number
}

/** Matrices side by side, or one below the other. */
export interface Joined extends Matrix {
  readonly kind: 'joined'
  readonly parts: readonly Value[]
  readonly along: 'columns' | 'rows'
}

export type Value =
  | Instruction
  | Joined
  /** All elements of another matrix in one row, to be reduced. */
  | (Matrix & { readonly kind: 'flat'; readonly of: Value })
  /** Columns of another matrix, or rows of it, from the offset on. */
  | (Matrix & {
      readonly kind: 'part'
      readonly of: Value
      readonly offset: number
      readonly along: 'columns' | 'rows'
    })
  /** What the step before handed over, or what each step is given, by name. */
  | (Matrix & { readonly kind: 'carry' | 'given'; readonly name: string })
  /** A tensor of the graph outside, the same at every step. */
  | (Matrix & { readonly kind: 'fixed'; readonly node: Node })
  /** One number everywhere. */
  | (Matrix & { readonly kind: 'number'; readonly number: number })

/** The values that a value is made from. */
export function sources(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'instruction':
      return value.operands
    case 'joined':
      return value.parts
    case 'part':
    case 'flat':
      return [value.of]
    case 'carry':
    case 'given':
    case 'fixed':
    case 'number':
      return []
    default:
      return value satisfies never
  }
}

/** A shape as rows and columns; vectors lie in a row. Errors: TypeError beyond two axes. */
export function toMatrix(shape: readonly number[]): Matrix {
  if (shape.length > 2) {
    throw new TypeError(`Cannot scan over a tensor as it must have two axes at most: current value is [${shape}]`)
  }
  const [columns = 1, rows = 1] = shape.toReversed()
  return { rows, columns }
}

/** Whether it gets a place of its own. */
export function isMade(value: Value): boolean {
  return value.kind === 'instruction' || value.kind === 'joined'
}

/** What a value is columns or rows of. */
export function findRoot(value: Value): Value {
  return value.kind === 'part' ? findRoot(value.of) : value
}
