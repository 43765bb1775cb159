// Element by element. In this folder `!` asserts indexes of hot loops, whose bounds are the arrays' own lengths.

import type { Ops } from '@unroll/bptt'
import type { Memory, Values } from './memory.ts'
import { broadcastShape, elements } from '../shape.ts'

/** The operations on elements alone. */
export type Pointwise =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'less'
  | 'select'
  | 'scale'
  | 'square'
  | 'sqrt'
  | 'abs'
  | 'exp'
  | 'cos'
  | 'sin'
  | 'exponent'
  | 'exp2'
  | 'softplus'
  | 'clamp'
  | 'isFinite'
  | 'sigmoid'
  | 'tanh'
  | 'relu'

export function pointwise<X>(memory: Memory<X>): Pick<Ops<X>, Pointwise> {
  const unary = (x: X, f: (value: number) => number): X => {
    const y = memory.create(memory.shape(x))
    const from = memory.values(x)
    const to = memory.values(y)
    for (let i = 0; i < to.length; i++) to[i] = f(from[i]!)
    return y
  }
  const binary = (a: X, b: X, f: (a: number, b: number) => number): X => {
    const shape = broadcastShape(memory.shape(a), memory.shape(b))
    const y = memory.create(shape)
    const [x, z, to] = [memory.values(a), memory.values(b), memory.values(y)]
    if (x.length === to.length && z.length === to.length) {
      for (let i = 0; i < to.length; i++) to[i] = f(x[i]!, z[i]!)
      return y
    }
    const left = reader(x, memory.shape(a), shape)
    const right = reader(z, memory.shape(b), shape)
    for (let i = 0; i < to.length; i++) to[i] = f(left(i), right(i))
    return y
  }
  return {
    add: (a, b) => binary(a, b, (x, y) => x + y),
    sub: (a, b) => binary(a, b, (x, y) => x - y),
    mul: (a, b) => binary(a, b, (x, y) => x * y),
    div: (a, b) => binary(a, b, (x, y) => x / y),
    maximum: (a, b) => binary(a, b, Math.max),
    less: (a, b) => binary(a, b, (x, y) => Number(x < y)),
    select: (condition, a, b) => select(memory, condition, a, b),
    scale: (x, factor) => unary(x, (value) => value * factor),
    square: (x) => unary(x, (value) => value * value),
    sqrt: (x) => unary(x, Math.sqrt),
    abs: (x) => unary(x, Math.abs),
    exp: (x) => unary(x, Math.exp),
    cos: (x) => unary(x, Math.cos),
    sin: (x) => unary(x, Math.sin),
    exponent: (x) => unary(x, exponent),
    exp2: (n) => unary(n, (value) => 2 ** value),
    softplus: (x) => unary(x, (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)))),
    clamp: (x, limit) => unary(x, (value) => Math.max(-limit, Math.min(limit, value))),
    isFinite: (x) => unary(x, (value) => Number(Number.isFinite(value))),
    sigmoid: (x) => unary(x, sigmoid),
    tanh: (x) => unary(x, Math.tanh),
    relu: (x) => unary(x, (value) => Math.max(0, value)),
  }
}

function exponent(x: number): number {
  const log = Math.floor(Math.log2(Math.abs(x)))
  return Number.isFinite(log) ? log : 0
}

/** σ(x) without overflow; NaN stays NaN. */
function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

function select<X>(memory: Memory<X>, condition: X, a: X, b: X): X {
  const shape = memory.shape(a)
  const y = memory.create(shape)
  const conditions = memory.values(condition)
  const [ifTrue, ifFalse, to] = [memory.values(a), memory.values(b), memory.values(y)]
  if (conditions.length === 1) {
    to.set(conditions[0] === 0 ? ifFalse : ifTrue)
    return y
  }
  const holds = reader(conditions, memory.shape(condition), shape)
  for (let i = 0; i < to.length; i++) to[i] = holds(i) === 0 ? ifFalse[i]! : ifTrue[i]!
  return y
}

/** The element of an operand that belongs to the i-th element of the result. */
function reader(values: Values, own: readonly number[], result: readonly number[]): (index: number) => number {
  if (values.length === elements(result)) return (index) => values[index]!
  if (values.length === 1) return () => values[0]!
  if (isTrailing(own, result)) return (index) => values[index % values.length]!
  const offset = result.length - own.length
  const axes = own.map((size, axis) => ({
    stride: size === 1 ? 0 : elements(own.slice(axis + 1)),
    resultStride: elements(result.slice(offset + axis + 1)),
    size,
  }))
  return (index) => {
    let at = 0
    for (const { stride, resultStride, size } of axes) at += stride * (Math.floor(index / resultStride) % size)
    return values[at]!
  }
}

function isTrailing(own: readonly number[], result: readonly number[]): boolean {
  const trailing = own.slice(own.findIndex((size) => size !== 1))
  return trailing.every((size, axis) => size === result[result.length - trailing.length + axis])
}
