// The operations of a cell as nodes of ONNX, so that the equations of packages/bptt/src/cells write their own step: whatever
// cell there is can be exported.

import type { Ops } from '@unroll/bptt'
import { DataType, type GraphWriter, type Value } from './graph.ts'

/** A tensor whose sizes are known but for the batch, which is -1. */
export interface SizedValue extends Value {
  readonly shape: readonly number[]
}

/** Operations that a cell's forward step, and what is made for all its steps, may use. */
type StepOps = Pick<
  Ops<SizedValue>,
  | 'shape'
  | 'size'
  | 'constant'
  | 'reshape'
  | 'concat'
  | 'split'
  | 'matMul'
  | 'rowMeans'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'scale'
  | 'square'
  | 'sqrt'
  | 'abs'
  | 'exp'
  | 'cos'
  | 'sin'
  | 'softplus'
  | 'clamp'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'less'
  | 'select'
  | 'scope'
>

/** @throws {RangeError} when a cell uses an operation that no step forward needs */
export function cellOps(graph: GraphWriter): Ops<SizedValue> {
  const ops: StepOps = { ...movementOps(graph), ...elementOps(graph), scope: (body) => body() }
  return new Proxy(ops, {
    get(known, name) {
      if (!(name in known)) throw new RangeError(`Cannot write a step of the cell in ONNX as it uses ${String(name)}`)
      return known[name as keyof StepOps]
    },
  }) as Ops<SizedValue>
}

/** Operations between shapes, and products. */
function movementOps(
  graph: GraphWriter,
): Pick<StepOps, 'shape' | 'size' | 'reshape' | 'concat' | 'split' | 'matMul' | 'rowMeans'> {
  const flip = (x: SizedValue, isFlipped: boolean) =>
    isFlipped ? { ...graph.add('Transpose', [x], { perm: [1, 0] }), shape: x.shape.toReversed() } : x
  return {
    shape: (x) => x.shape,
    size: (x, axis) => x.shape[axis]!,
    reshape: (x, shape) => ({ ...graph.add('Reshape', [x, graph.integers(shape)]), shape }),
    concat: (xs, axis) => {
      const size = xs.reduce((sum, x) => sum + x.shape[axis]!, 0)
      return { ...graph.add('Concat', xs, { axis }), shape: resize(xs[0]!, axis, size) }
    },
    split: (x, sizes, axis) => {
      const parts = graph.addMany('Split', [x, graph.integers(sizes)], sizes.length, { axis })
      return parts.map((part, index) => ({ ...part, shape: resize(x, axis, sizes[index]!) })) as never
    },
    matMul: (a, b, { transposeA = false, transposeB = false } = {}) => {
      const [left, right] = [flip(a, transposeA), flip(b, transposeB)]
      return { ...graph.add('MatMul', [left, right]), shape: [left.shape[0]!, right.shape[1]!] }
    },
    rowMeans: (x) => ({
      ...graph.add('ReduceMean', [x, graph.integers([1])], { keepdims: 1 }),
      shape: [x.shape[0]!, 1],
    }),
  }
}

/** Operations element by element. */
function elementOps(graph: GraphWriter): Omit<StepOps, keyof ReturnType<typeof movementOps> | 'scope'> {
  const unary = (opType: string) => (x: SizedValue) => ({ ...graph.add(opType, [x]), shape: x.shape })
  const binary = (opType: string) => (a: SizedValue, b: SizedValue) => ({
    ...graph.add(opType, [a, b]),
    shape: broadcast(a.shape, b.shape),
  })
  const constant = (value: number): SizedValue => ({ ...graph.number(value), shape: [] })
  const mul = binary('Mul')
  const less = binary('Less')
  return {
    constant,
    add: binary('Add'),
    sub: binary('Sub'),
    mul,
    div: binary('Div'),
    maximum: binary('Max'),
    scale: (x, factor) => mul(x, constant(factor)),
    square: (x) => mul(x, x),
    sqrt: unary('Sqrt'),
    abs: unary('Abs'),
    exp: unary('Exp'),
    cos: unary('Cos'),
    sin: unary('Sin'),
    softplus: unary('Softplus'),
    clamp: (x, limit) => ({ ...graph.add('Clip', [x, graph.number(-limit), graph.number(limit)]), shape: x.shape }),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    relu: unary('Relu'),
    less: (a, b) => {
      const isLess = less(a, b)
      return { ...isLess, ...graph.add('Cast', [isLess], { to: DataType.FLOAT }) }
    },
    select: (condition, a, b) => ({
      ...graph.add('Where', [graph.add('Cast', [condition], { to: DataType.BOOL }), a, b]),
      shape: a.shape,
    }),
  }
}

/** The shape of x with another size of one axis. */
function resize({ shape }: SizedValue, axis: number, size: number): readonly number[] {
  return shape.map((own, at) => (at === axis ? size : own))
}

/** As NumPy broadcasts; the batch, -1, wins over 1. */
function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1
    const y = b[axis - rank + b.length] ?? 1
    return x === 1 ? y : x
  })
}
