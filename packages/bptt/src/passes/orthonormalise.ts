// Orthonormal directions, of every row of a batch by itself, by modified Gram-Schmidt: the QR decomposition of k vectors of S
// numbers, of which R's diagonal says how much each stretched.

import { orOne } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'
import { splitEqually } from '../ops/series.ts'
import type { Tensors } from '../ops/tensors.ts'

/** Once leaves k directions in float32 as far from orthogonal as their lengths differ; twice does not (Giraud and Langou 2003). */
const PASSES = 2

export interface Orthonormal<X> {
  /** The directions with a length of 1, orthogonal to each other; zeros where nothing is left of one. */
  readonly d: Tensors<X>
  /** The diagonal of R, [N,k]. */
  readonly lengths: X
}

/**
 * Orthonormalises k directions.
 *
 * @param d parts of the directions side by side, [kN,·] each: N rows of each direction below those of the one before
 */
export function orthonormalise<X>(ops: Ops<X>, d: Tensors<X>, k: number): Orthonormal<X> {
  const parts = Object.values(d)
  const widths = parts.map((part) => ops.size(part, 1))
  const whole = parts.length === 1 ? parts[0]! : ops.concat(parts, 1)
  const S = ops.size(whole, 1)
  const done: X[] = []
  const lengths = splitEqually(ops, whole, k, 0).map((given) => {
    let v = given
    for (let pass = 0; pass < PASSES; pass++)
      for (const q of done) v = ops.sub(v, ops.mul(q, ops.scale(ops.rowMeans(ops.mul(q, v)), S)))
    const length = ops.rowNorms(v)
    const isLeft = ops.less(ops.zeros(ops.shape(length)), length)
    done.push(ops.select(isLeft, ops.div(v, orOne(ops, length)), ops.zeros(ops.shape(v))))
    return length
  })
  const joined = join(ops, done, 0)
  const cut = parts.length === 1 ? [joined] : ops.split(joined, widths, 1)
  return {
    d: Object.fromEntries(Object.keys(d).map((name, at) => [name, cut[at]!])),
    lengths: join(ops, lengths, 1),
  }
}

function join<X>(ops: Ops<X>, xs: readonly X[], axis: number): X {
  return xs.length === 1 ? xs[0]! : ops.concat(xs, axis)
}
