// The derivatives of operations element by element, and what they send back to their operands.

import { orOne } from '../ops/nonfinite.ts'
import type { Ops } from '../ops/ops.ts'

/** d of the one operand x, from d of y. */
type OfOne = <X>(ops: Ops<X>, at: { readonly d: X; readonly x: X; readonly y: X }) => X

type OneOperand =
  | 'square'
  | 'sqrt'
  | 'abs'
  | 'exp'
  | 'cos'
  | 'sin'
  | 'softplus'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'rowMeans'
  | 'rowNorms'
  | 'columnNorms'
  | 'norm'
  | 'sum'
  | 'sumRows'

/** Operations of one operand. */
export const OF_ONE: Readonly<Record<OneOperand, OfOne>> = {
  square: (ops, { d, x }) => ops.scale(ops.mul(d, x), 2),
  sqrt: (ops, { d, y }) => ops.scale(ops.div(d, y), 0.5),
  abs: (ops, { d, x }) => ops.mul(d, ops.sub(ops.less(zerosLike(ops, x), x), ops.less(x, zerosLike(ops, x)))),
  exp: (ops, { d, y }) => ops.mul(d, y),
  cos: (ops, { d, x }) => ops.scale(ops.mul(d, ops.sin(x)), -1),
  sin: (ops, { d, x }) => ops.mul(d, ops.cos(x)),
  softplus: (ops, { d, x }) => ops.mul(d, ops.sigmoid(x)),
  sigmoid: (ops, { d, y }) => ops.sigmoidGrad(y, d),
  tanh: (ops, { d, y }) => ops.tanhGrad(y, d),
  relu: (ops, { d, y }) => ops.reluGrad(y, d),
  rowMeans: (ops, { d, x }) => repeat(ops, ops.scale(d, 1 / ops.size(x, 1)), x),
  rowNorms: (ops, { d, x, y }) => ops.mul(x, ops.div(d, orOne(ops, y))),
  columnNorms: (ops, { d, x, y }) => ops.mul(x, ops.div(d, orOne(ops, y))),
  norm: (ops, { d, x, y }) => ops.mul(x, ops.div(d, orOne(ops, y))),
  sum: (ops, { d, x }) => repeat(ops, d, x),
  sumRows: (ops, { d, x }) => repeat(ops, d, x),
}

/** d of one of the operands a and b, from d of y; undefined where y does not depend on it, or not smoothly. */
type OfTwo = <X>(ops: Ops<X>, at: { readonly d: X; readonly a: X; readonly b: X; readonly y: X }) => X | undefined

type TwoOperands = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'sigmoidGrad' | 'tanhGrad' | 'reluGrad'

/** Operations of two operands. */
export const OF_TWO: Readonly<Record<TwoOperands, readonly [OfTwo, OfTwo]>> = {
  add: [(_, { d }) => d, (_, { d }) => d],
  sub: [(_, { d }) => d, (ops, { d }) => ops.scale(d, -1)],
  mul: [(ops, { d, b }) => ops.mul(d, b), (ops, { d, a }) => ops.mul(d, a)],
  div: [(ops, { d, b }) => ops.div(d, b), (ops, { d, b, y }) => ops.scale(ops.mul(ops.div(d, b), y), -1)],
  maximum: [
    (ops, { d, a, b }) => ops.sub(d, ops.mul(d, ops.less(a, b))),
    (ops, { d, a, b }) => ops.mul(d, ops.less(a, b)),
  ],
  // y = b a(1-a), b(1-a²) and b where a > 0
  sigmoidGrad: [
    (ops, { d, a, b }) => ops.sub(ops.mul(d, b), ops.scale(ops.mul(ops.mul(d, b), a), 2)),
    (ops, { d, a }) => ops.sigmoidGrad(a, d),
  ],
  tanhGrad: [(ops, { d, a, b }) => ops.scale(ops.mul(ops.mul(d, b), a), -2), (ops, { d, a }) => ops.tanhGrad(a, d)],
  reluGrad: [() => undefined, (ops, { d, a }) => ops.reluGrad(a, d)],
}

/** d once for each element of x that it broadcasts to. */
function repeat<X>(ops: Ops<X>, d: X, x: X): X {
  return ops.add(zerosLike(ops, x), d)
}

function zerosLike<X>(ops: Ops<X>, x: X): X {
  return ops.zeros(ops.shape(x))
}
