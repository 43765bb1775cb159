// The operations of one step of a scan, recorded as values.

import type { Ops, Parts } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Code } from './codes.ts'
import { toMatrix, type Instruction, type Matrix, type Value } from './value.ts'
import { broadcastShape, elements, axisSize } from '../../shape.ts'

/** Operations that no step of a recurrence uses. */
const ABSENT = [
  'cos',
  'sin',
  'sumRows',
  'columnNorms',
  'quantile',
  'gather',
  'scatterAdd',
  'softmaxCrossEntropy',
  'sigmoidCrossEntropy',
] as const

type Absent = (typeof ABSENT)[number]

/** What a step is traced with. Its tensors are named as no tensor of the graph is. */
export class Trace {
  /** In the order they were made. */
  readonly values: Value[] = []
  readonly #byName = new Map<string, Value>()
  readonly ops: Ops<Node> = traced(this)

  /** The tensor of a value. */
  node(shape: readonly number[], value: Value): Node {
    this.values.push(value)
    return this.same(shape, value)
  }

  /** Another tensor of a value that there is. */
  same(shape: readonly number[], value: Value): Node {
    const name = `scan.${this.#byName.size}`
    this.#byName.set(name, value)
    return { name, shape, dtype: 'float32' }
  }

  /** The value of a tensor of the step, or of the graph outside. */
  value(node: Node): Value {
    return this.#byName.get(node.name) ?? { kind: 'fixed', node, ...toMatrix(node.shape) }
  }

  /** The tensor that an instruction makes. */
  instruction(
    code: Code,
    operands: readonly Node[],
    shape: readonly number[],
    more: Pick<Instruction, 'transposed' | 'number'> & { over?: Matrix } = {},
  ): Node {
    const size = toMatrix(shape)
    const made = { over: size, ...more }
    const values = operands.map((operand) => this.value(operand))
    return this.node(shape, { kind: 'instruction', code, operands: values, ...size, ...made })
  }
}

function traced(trace: Trace): Ops<Node> {
  const unary = (code: Code) => (x: Node) => trace.instruction(code, [x], x.shape)
  const binary = (code: Code) => (a: Node, b: Node) => trace.instruction(code, [a, b], broadcastShape(a.shape, b.shape))
  const ofRows = (code: Code) => (x: Node) =>
    trace.instruction(code, [x], [x.shape[0]!, 1], { over: toMatrix(x.shape) })
  const number = (shape: readonly number[], value: number): Node =>
    trace.node(shape, { kind: 'number', number: value, ...toMatrix(shape) })
  return {
    ...absent(),
    shape: (x) => x.shape,
    size: (x, axis) => axisSize(x.shape, axis),
    constant: (value) => number([], value),
    zeros: (shape) => number(shape, 0),
    reshape: (x, shape) => reshaped(trace, x, shape),
    concat: (xs, axis) => joined(trace, xs, axis),
    split: <const Sizes extends readonly number[]>(x: Node, sizes: Sizes, axis: number) =>
      parts(trace, x, sizes, axis) as Parts<Node, Sizes>,
    matMul: (a, b, { transposeA = false, transposeB = false } = {}) => {
      if (transposeA) throw new TypeError('Cannot scan as no operand on the left of a product may be transposed')
      const columns = b.shape[transposeB ? 0 : 1]!
      return trace.instruction('multiply', [a, b], [a.shape[0]!, columns], { transposed: transposeB })
    },
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    maximum: binary('maximum'),
    scale: (x, factor) => (factor === 1 ? x : trace.instruction('scale', [x], x.shape, { number: factor })),
    square: unary('square'),
    sqrt: unary('sqrt'),
    abs: unary('abs'),
    exp: unary('exp'),
    exponent: unary('exponent'),
    exp2: unary('exp2'),
    softplus: unary('softplus'),
    clamp: (x, limit) => trace.instruction('clamp', [x], x.shape, { number: limit }),
    sigmoid: unary('sigmoid'),
    tanh: unary('tanh'),
    relu: unary('relu'),
    sigmoidGrad: binary('sigmoidGrad'),
    tanhGrad: binary('tanhGrad'),
    reluGrad: binary('reluGrad'),
    less: binary('less'),
    isFinite: unary('isFinite'),
    select: (condition, a, b) => trace.instruction('select', [condition, a, b], broadcastShape(a.shape, b.shape)),
    sum: (x) => reduced(trace, 'sum', x, []),
    norm: (x) => reduced(trace, 'norm', x, []),
    rowNorms: ofRows('rowNorms'),
    rowMeans: ofRows('rowMeans'),
    log10Norm: (x) => reduced(trace, 'log10Norm', oneRow(x), [1]),
    scope: (body) => body(),
  }
}

function absent(): Pick<Ops<Node>, Absent> {
  return Object.fromEntries(ABSENT.map((name) => [name, refusal(name)])) as unknown as Pick<Ops<Node>, Absent>
}

function refusal(name: string): () => never {
  return () => {
    throw new TypeError(`Cannot scan a step that uses "${name}"`)
  }
}

function oneRow(x: Node): Node {
  const { rows } = toMatrix(x.shape)
  if (rows !== 1)
    throw new TypeError(`Cannot scan as log10Norm() inside a step is of one row: current value is ${rows}`)
  return x
}

/** One number from all elements, whatever their rows. */
function reduced(trace: Trace, code: 'norm' | 'log10Norm' | 'sum', x: Node, shape: readonly number[]): Node {
  const value = trace.value(x)
  const whole = value.kind === 'flat' ? value.of : value
  const made = { kind: 'instruction', code, operands: [whole], over: whole } as const
  return trace.node(shape, { ...made, ...toMatrix(shape) })
}

/** The same matrix under another shape; in one row it can only be reduced. */
function reshaped(trace: Trace, x: Node, shape: readonly number[]): Node {
  const [from, to] = [toMatrix(x.shape), toMatrix(shape)]
  const isSame = from.rows === to.rows
  if (elements(x.shape) !== elements(shape) || (!isSame && to.rows !== 1)) {
    throw new TypeError(`Cannot scan as rows must stay rows: current values are [${x.shape}] and [${shape}]`)
  }
  const of = trace.value(x)
  return isSame ? trace.same(shape, of) : trace.node(shape, { kind: 'flat', of, ...to })
}

function joined(trace: Trace, xs: readonly Node[], axis: number): Node {
  const [first] = xs
  if (first === undefined) throw new TypeError('Cannot scan as nothing is joined')
  const along = findAxis(first, axis)
  const sizes = xs.map((x) => toMatrix(x.shape))
  const joint = sizes.reduce((sum, size) => sum + size[along], 0)
  return trace.node(first.shape.with(axis, joint), {
    kind: 'joined',
    parts: xs.map((x) => trace.value(x)),
    along,
    ...sizes[0]!,
    [along]: joint,
  })
}

function parts(trace: Trace, x: Node, sizes: readonly number[], axis: number): Node[] {
  const along = findAxis(x, axis)
  const of = trace.value(x)
  let next = 0
  return sizes.map((size) => {
    const offset = next
    next += size
    return trace.node(x.shape.with(axis, size), {
      kind: 'part',
      of,
      offset,
      along,
      ...toMatrix(x.shape),
      [along]: size,
    })
  })
}

/** What an axis of a tensor is of its matrix. */
function findAxis({ shape }: Node, axis: number): 'columns' | 'rows' {
  return axis === shape.length - 1 ? 'columns' : 'rows'
}
