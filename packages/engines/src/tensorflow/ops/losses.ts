import type { CrossEntropy, Ops } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { movement, reshape } from './movement.ts'
import { cast, pointwise, unaryNode } from './pointwise.ts'
import { products, sumOver } from './products.ts'
import { matrixShape } from '../../shape.ts'

type Losses = 'softmaxCrossEntropy' | 'sigmoidCrossEntropy'

export function losses(graph: Graph): Pick<Ops<Node>, Losses> {
  return {
    softmaxCrossEntropy: (logits, targets, weights) => softmax(graph, logits, targets, weights),
    sigmoidCrossEntropy: (logits, targets) => sigmoid(graph, logits, targets),
  }
}

/** Our own kernel: one pass, where TensorFlow's operations take twelve. */
export function meanCrossEntropy(graph: Graph): NonNullable<Ops<Node>['meanCrossEntropy']> {
  return (logits, targets, divisor) => {
    const [rows, classes] = matrixShape(logits.shape)
    const [loss, dO, dbo, correct] = graph.add(
      'UnrollCrossEntropy',
      [logits, cast(graph, targets, 'int32'), divisor],
      [[], logits.shape, [classes], []].map((shape) => ({ shape, dtype: 'float32' })),
      { rows: { int: rows }, classes: { int: classes } },
    )
    return { loss: loss!, dO: dO!, dbo: dbo!, correct: correct! }
  }
}

/**
 * Of operations that give a GPU's bits again each time: TensorFlow's own in one pass does not, and refuses to run where the
 * same bits are asked for (`TF_DETERMINISTIC_OPS`). A row without a target matches no class, and weighs nothing.
 */
function softmax(graph: Graph, logits: Node, targets: Node, weights?: Node): CrossEntropy<Node> {
  const { constant, zeros } = movement(graph)
  const { select, mul, less, exp, sub, scale } = pointwise(graph)
  const { sum } = products(graph, false)
  const [R, C] = matrixShape(logits.shape)
  const valid = less(constant(-1), targets) // [R]
  const classes = graph.constant({ dtype: 'float32', shape: [1, C], values: Array.from({ length: C }, (_, c) => c) })
  const wanted = reshape(graph, cast(graph, targets, 'float32'), [R, 1])
  const matches = graph.node('Equal', [wanted, classes], { shape: [R, C], dtype: 'bool' }, { T: { type: 'float32' } })
  const isTarget: Node = { ...cast(graph, matches, 'float32'), condition: matches } // [R,C]
  const logShares = unaryNode(graph, 'LogSoftmax', logits)
  const entropies = sumOver(graph, select(isTarget, logShares, zeros(logits.shape)), [1]) // negative
  const labels = cast(graph, targets, 'int32')
  const largest = graph.node(
    'ArgMax',
    [logits, graph.integer(1)],
    { shape: [R], dtype: 'int32' },
    { T: { type: 'float32' }, output_type: { type: 'int32' } },
  )
  const right = graph.node('Equal', [largest, labels], { shape: [R], dtype: 'bool' }, { T: { type: 'int32' } })
  const dLogits = select(toColumn(graph, valid), sub(exp(logShares), isTarget), zeros(logits.shape))
  const counts = { count: sum(valid), correct: sum(mul(cast(graph, right, 'float32'), valid)) }
  if (weights === undefined) return { loss: scale(sum(entropies), -1), dLogits, ...counts }
  const weight = sumOver(graph, mul(isTarget, weights), [1]) // [R]
  return {
    loss: scale(sum(mul(entropies, weight)), -1),
    dLogits: mul(dLogits, reshape(graph, weight, [R, 1])),
    ...counts,
  }
}

/** max(o,0) - o·target + log(1 + e^-|o|), which does not overflow, and σ(o) - target. */
function sigmoid(graph: Graph, logits: Node, targets: Node): CrossEntropy<Node> {
  const { constant, zeros } = movement(graph)
  const { select, mul, less, sub, add, abs, relu, scale, isFinite, sigmoid: logistic } = pointwise(graph)
  const { sum } = products(graph, false)
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
function toColumn(graph: Graph, valid: Node): Node {
  const condition = reshape(graph, valid.condition!, [valid.shape[0]!, 1])
  return { ...valid, shape: condition.shape, condition }
}
