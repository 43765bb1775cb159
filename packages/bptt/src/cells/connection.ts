// How a state of a step enters pre-activations: through a matrix, or unit by unit through a vector.
// Letters: docs/math/notation.md; g gates, s a state [N,S], a pre-activations [N,gH].

import type { Ops } from '../ops/ops.ts'

/** One kind of recurrent weight W. */
export interface Connection {
  /** The shape of W, of a state of S numbers. */
  shape(S: number, H: number, gates: number): readonly number[]
  /** What s adds to the pre-activations. */
  through<X>(ops: Ops<X>, W: X, s: X): X
  /** ds from da. */
  back<X>(ops: Ops<X>, W: X, da: X): X
  /** dW from the states and da of any number of rows. */
  gradient<X>(ops: Ops<X>, s: X, da: X): X
}

/** a = s W, W [S,gH]; S is H but for the h_t of a projection. */
export const matrix: Connection = {
  shape: (S, H, gates) => [S, gates * H],
  through: (ops, W, s) => ops.matMul(s, W),
  back: (ops, W, da) => ops.matMul(da, W, { transposeB: true }),
  gradient: (ops, s, da) => ops.matMul(s, da, { transposeA: true }),
}

/** a = s * w, w [H], for one gate: each unit sees itself alone. */
export const diagonal: Connection = {
  shape: (S) => [S],
  through: (ops, w, s) => ops.mul(s, w),
  back: (ops, w, da) => ops.mul(da, w),
  gradient: (ops, s, da) => ops.sumRows(ops.mul(s, da)),
}
