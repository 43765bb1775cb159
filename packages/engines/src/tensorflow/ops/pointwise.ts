import type { Ops } from '@unroll/bptt'
import type { Pointwise } from '../../host/pointwise.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { broadcastShape } from '../../shape.ts'

type Gradient = 'sigmoidGrad' | 'tanhGrad' | 'reluGrad'

export function pointwise(graph: Graph): Pick<Ops<Node>, Pointwise | Gradient> {
  const number = (value: number): Node => graph.constant({ dtype: 'float32', shape: [], values: [value] })
  const unary = (op: string) => (x: Node) => unaryNode(graph, op, x)
  const binary = (op: string) => (a: Node, b: Node) => binaryNode(graph, op, a, b)
  const gradient = (op: string) => (y: Node, dy: Node) => graph.node(op, [y, dy], y, { T: { type: y.dtype } })
  const truth = (condition: Node): Node => ({ ...cast(graph, condition, 'float32'), condition })
  return {
    add: binary('AddV2'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('RealDiv'),
    maximum: binary('Maximum'),
    scale: (x, factor) => (factor === 1 ? x : binaryNode(graph, 'Mul', x, number(factor))),
    square: unary('Square'),
    sqrt: unary('Sqrt'),
    abs: unary('Abs'),
    exp: unary('Exp'),
    cos: unary('Cos'),
    sin: unary('Sin'),
    exponent: (x) => exponent(graph, x),
    exp2: (n) => powerOfTwo(graph, n),
    softplus: unary('Softplus'),
    clamp: (x, limit) => binaryNode(graph, 'Maximum', binaryNode(graph, 'Minimum', x, number(limit)), number(-limit)),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    relu: unary('Relu'),
    sigmoidGrad: gradient('SigmoidGrad'),
    tanhGrad: gradient('TanhGrad'),
    // Neither ReluGrad's 0·dy nor a plain 0 would do: an infinite dy must not make a NaN, and a y that is NaN must.
    // Minimum keeps it; TensorFlow would fold y·0 to 0.
    reluGrad: (y, dy) => select(graph, greater(graph, y, number(0)), dy, binaryNode(graph, 'Minimum', y, number(0))),
    less: (a, b) => {
      const [left, right] = [cast(graph, a, 'float32'), cast(graph, b, 'float32')]
      const shape = broadcastShape(a.shape, b.shape)
      return truth(graph.node('Less', [left, right], { shape, dtype: 'bool' }, { T: { type: 'float32' } }))
    },
    isFinite: (x) => truth(graph.node('IsFinite', [x], { shape: x.shape, dtype: 'bool' }, { T: { type: x.dtype } })),
    select: (condition, a, b) => select(graph, condition, a, b),
  }
}

/** In float64, whose logarithm tells neighbours of a power of two in float32 apart. */
function exponent(graph: Graph, x: Node): Node {
  const double = (value: number): Node => graph.constant({ dtype: 'float64', shape: [], values: [value] })
  const log = unaryNode(graph, 'Log', unaryNode(graph, 'Abs', cast(graph, x, 'float64')))
  const whole = unaryNode(graph, 'Floor', binaryNode(graph, 'Mul', log, double(Math.LOG2E)))
  const isFinite = graph.node('IsFinite', [whole], { shape: x.shape, dtype: 'bool' }, { T: { type: 'float64' } })
  const zeros = binaryNode(graph, 'Mul', cast(graph, isFinite, 'float64'), double(0))
  return cast(graph, select(graph, { ...isFinite, condition: isFinite }, whole, zeros), 'float32')
}

/** In float64, as its power is off by less than what float32 rounds away. */
function powerOfTwo(graph: Graph, n: Node): Node {
  const two = graph.constant({ dtype: 'float64', shape: [], values: [2] })
  return cast(graph, binaryNode(graph, 'Pow', two, cast(graph, n, 'float64')), 'float32')
}

/** The same numbers as another type; the tensor itself where it has that type. */
export function cast(graph: Graph, x: Node, dtype: Node['dtype']): Node {
  if (x.dtype === dtype) return x
  return graph.node('Cast', [x], { shape: x.shape, dtype }, { SrcT: { type: x.dtype }, DstT: { type: dtype } })
}

export function unaryNode(graph: Graph, op: string, x: Node): Node {
  return graph.node(op, [x], { shape: x.shape, dtype: x.dtype }, { T: { type: x.dtype } })
}

export function binaryNode(graph: Graph, op: string, a: Node, b: Node): Node {
  const shape = broadcastShape(a.shape, b.shape)
  return graph.node(op, [a, b], { shape, dtype: a.dtype }, { T: { type: a.dtype } })
}

function greater(graph: Graph, a: Node, b: Node): Node {
  const shape = broadcastShape(a.shape, b.shape)
  const condition = graph.node('Greater', [a, b], { shape, dtype: 'bool' }, { T: { type: a.dtype } })
  return { ...condition, condition }
}

/** A scalar condition chooses a whole tensor, which costs no pass over its elements. */
export function select(graph: Graph, condition: Node, a: Node, b: Node): Node {
  const shape = broadcastShape(a.shape, b.shape)
  if (shape.join() !== broadcastShape(shape, condition.shape).join()) {
    throw new TypeError(
      `Cannot select as the condition must fit the operands: current values are [${condition.shape}] and [${shape}]`,
    )
  }
  const op = condition.shape.length === 0 ? 'Select' : 'SelectV2'
  return graph.node(op, [toCondition(graph, condition), a, b], { shape, dtype: a.dtype }, { T: { type: a.dtype } })
}

/** The booleans of a tensor of ones and zeros. */
export function toCondition(graph: Graph, condition: Node): Node {
  if (condition.condition !== undefined) return condition.condition
  const zero = graph.constant({ dtype: 'float32', shape: [], values: [0] })
  return graph.node(
    'NotEqual',
    [condition, zero],
    { shape: condition.shape, dtype: 'bool' },
    { T: { type: 'float32' } },
  )
}
