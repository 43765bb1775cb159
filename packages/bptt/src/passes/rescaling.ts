// A gradient that is carried back through many steps leaves the range of float32 long before it stops to mean something. The
// backward pass is linear, so that each row of a gradient may be multiplied by a power of two on the way, which rounds nothing;
// its exponent is counted beside it.

import type { Ops } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'

/** Gradients of R rows, each row to be multiplied by 2 to the power of its exponent. */
export interface Scaled<X> {
  /** [R,·] each. */
  readonly d: Tensors<X>
  /** Whole numbers, [R,1]. */
  readonly exponent: X
}

/** The exponent of a row of zeros: below that of any other row. */
const LEAST = -(2 ** 22)
/** 2 to this power and to its negative are normal numbers in float32. */
const FURTHEST = 126

/** The same gradients with the norm of each row, all tensors together, from 1 to 2. Rows of zeros, Inf and NaN stay as they are. */
export function rescale<X>(ops: Ops<X>, { d, exponent }: Scaled<X>): Scaled<X> {
  const tensors = Object.values(d)
  const norms = ops.rowNorms(tensors.length === 1 ? tensors[0]! : ops.concat(tensors, 1))
  const taken = ops.clamp(ops.exponent(norms), FURTHEST)
  const factors = ops.exp2(ops.scale(taken, -1))
  const least = ops.add(ops.zeros(ops.shape(norms)), ops.constant(LEAST))
  return {
    d: mapTensors(d, (x) => ops.mul(x, factors)),
    exponent: ops.select(ops.less(ops.zeros(ops.shape(norms)), norms), ops.add(exponent, taken), least),
  }
}

/** a + b of gradients with norms from 1 to 2, by the names of a. What is 2¹²⁶ times smaller than the other is of no account. */
export function addScaled<X>(ops: Ops<X>, a: Scaled<X>, b: Scaled<X>): Scaled<X> {
  const exponent = ops.maximum(a.exponent, b.exponent)
  const [ofA, ofB] = [a, b].map((own) =>
    ops.exp2(ops.maximum(ops.sub(own.exponent, exponent), ops.constant(-FURTHEST))),
  ) as [X, X]
  const d = mapTensors(a.d, (x, name) => {
    const other = b.d[name]
    return other === undefined ? ops.mul(x, ofA) : ops.add(ops.mul(x, ofA), ops.mul(other, ofB))
  })
  return { d, exponent }
}

/** Operations with a count of the derivatives of tanh and σ that are 0 where a gradient is not: no true derivative of them is. */
export interface Counting<X> {
  readonly ops: Ops<X>
  /** So far, [1,1]. */
  count(): X
}

/** Counts the derivatives that are rounded to 0. */
export function countRounded<X>(ops: Ops<X>): Counting<X> {
  const counts: X[] = []
  const note = (derivative: X, dy: X): void => {
    const isLost = ops.sub(ops.constant(1), ops.less(ops.constant(0), derivative))
    counts.push(ops.reshape(ops.sum(ops.mul(isLost, ops.less(ops.constant(0), ops.abs(dy)))), [1, 1]))
  }
  const one = ops.constant(1)
  return {
    ops: {
      ...ops,
      tanhGrad(y, dy) {
        note(ops.sub(one, ops.square(y)), dy)
        return ops.tanhGrad(y, dy)
      },
      sigmoidGrad(y, dy) {
        note(ops.mul(y, ops.sub(one, y)), dy)
        return ops.sigmoidGrad(y, dy)
      },
    },
    count: () => counts.reduce((sum, count) => ops.add(sum, count), ops.zeros([1, 1])),
  }
}
