import type { CrossEntropy, Ops } from '@unroll/bptt'
import { matrixShape } from '../host/memory.ts'
import type { Graph, Node } from './graph.ts'
import { movement, reshape } from './movement.ts'
import { binaryNode, cast, pointwise, unaryNode } from './pointwise.ts'
import { products } from './products.ts'

type Losses = 'softmaxCrossEntropy' | 'sigmoidCrossEntropy'

/** @param kernels Whether our own kernel may be used: one pass, where TensorFlow's operations take ten. */
export function losses(graph: Graph, kernels: boolean): Pick<Ops<Node>, Losses> {
  return {
    softmaxCrossEntropy: (logits, targets) => (kernels ? softmaxInOnePass : softmax)(graph, logits, targets),
    sigmoidCrossEntropy: (logits, targets) => sigmoid(graph, logits, targets),
  }
}

function softmaxInOnePass(graph: Graph, logits: Node, targets: Node): CrossEntropy<Node> {
  const [rows, classes] = matrixShape(logits.shape)
  const scalar = { shape: [], dtype: 'float32' } as const
  const outputs = [scalar, { shape: logits.shape, dtype: 'float32' } as const, scalar, scalar]
  const sizes = { rows: { int: rows }, classes: { int: classes } }
  const operands = [logits, cast(graph, targets, 'int32')]
  const [loss, dLogits, count, correct] = graph.add('UnrollCrossEntropy', operands, outputs, sizes)
  return { loss: loss!, dLogits: dLogits!, count: count!, correct: correct! }
}

/** Rows without a target are given class 0, which TensorFlow accepts, and left out of the sums. */
function softmax(graph: Graph, logits: Node, targets: Node): CrossEntropy<Node> {
  const { constant, zeros } = movement(graph)
  const { select, mul, less } = pointwise(graph)
  const { sum } = products(graph)
  const [R] = matrixShape(logits.shape)
  const valid = less(constant(-1), targets) // [R]
  const labels = binaryNode(graph, 'Maximum', cast(graph, targets, 'int32'), graph.integer(0))
  const outputs = [
    { shape: [R], dtype: logits.dtype },
    { shape: logits.shape, dtype: logits.dtype },
  ]
  const [entropies, dLogits] = graph.add('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], outputs, {
    T: { type: 'float32' },
    Tlabels: { type: 'int32' },
  }) as [Node, Node]
  const largest = graph.node(
    'ArgMax',
    [logits, graph.integer(1)],
    { shape: [R], dtype: 'int32' },
    { T: { type: 'float32' }, output_type: { type: 'int32' } },
  )
  const right = graph.node('Equal', [largest, labels], { shape: [R], dtype: 'bool' }, { T: { type: 'int32' } })
  return {
    loss: sum(select(valid, entropies, zeros([R]))),
    dLogits: select(columnOf(graph, valid), dLogits, zeros(logits.shape)),
    count: sum(valid),
    correct: sum(mul(cast(graph, right, 'float32'), valid)),
  }
}

/** max(o,0) - o·target + log(1 + e^-|o|), which does not overflow, and σ(o) - target. */
function sigmoid(graph: Graph, logits: Node, targets: Node): CrossEntropy<Node> {
  const { constant, zeros } = movement(graph)
  const { select, mul, less, sub, add, abs, relu, scale, isFinite, sigmoid: logistic } = pointwise(graph)
  const { sum } = products(graph)
  const valid = isFinite(targets)
  const none = zeros(logits.shape)
  const softplus = unaryNode(graph, 'Log1p', unaryNode(graph, 'Exp', scale(abs(logits), -1)))
  const each = add(sub(relu(logits), mul(logits, targets)), softplus)
  const sides = [less(constant(0), logits), less(constant(0.5), targets)].map(({ condition }) => condition!)
  const right = graph.node('Equal', sides, { shape: logits.shape, dtype: 'bool' }, { T: { type: 'bool' } })
  return {
    loss: sum(select(valid, each, none)),
    dLogits: select(valid, sub(logistic(logits), targets), none),
    count: sum(valid),
    correct: sum(mul(cast(graph, right, 'float32'), valid)),
  }
}

/** A condition [R] as [R,1], to be spread over columns. */
function columnOf(graph: Graph, valid: Node): Node {
  const condition = reshape(graph, valid.condition!, [valid.shape[0]!, 1])
  return { ...valid, shape: condition.shape, condition }
}
