import type { Ops } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { binaryNode, cast, select, unaryNode } from './pointwise.ts'
import { sumOver } from './products.ts'

export function quantiles(graph: Graph): Pick<Ops<Node>, 'quantile'> {
  return { quantile: (x, count, q) => quantile(graph, x, count, q) }
}

function quantile(graph: Graph, x: Node, count: Node, q: number): Node {
  const [R = 0] = x.shape
  const number = (...values: readonly number[]): Node =>
    graph.constant({ dtype: 'float32', shape: values.length === 1 ? [] : [values.length], values })
  const of = (op: string, a: Node, b: Node): Node => binaryNode(graph, op, a, b)
  const places = R === 1 ? graph.constant({ dtype: 'float32', shape: [1], values: [0] }) : number(...Array(R).keys())
  const isCounted = compare(graph, 'Less', places, count)
  const isNaN = graph.node('IsNan', [x], { shape: x.shape, dtype: 'bool' }, { T: { type: 'float32' } })
  const nans = sumOver(graph, select(graph, isCounted, cast(graph, isNaN, 'float32'), number(0)), [0])

  const sorted = ascending(graph, select(graph, isCounted, x, number(Infinity)))
  const place = of('Mul', of('Sub', count, number(1)), number(q))
  const below = unaryNode(graph, 'Floor', place)
  const share = of('Sub', place, below)
  const low = at(graph, sorted, below)
  const high = at(graph, sorted, of('Minimum', of('AddV2', below, number(1)), number(R - 1)))
  const between = of('AddV2', low, of('Mul', share, of('Sub', high, low)))
  const value = select(graph, compare(graph, 'Less', number(0), share), between, low)
  return select(graph, compare(graph, 'Less', number(0), nans), number(NaN), value)
}

/** The elements in ascending order; where NaN stands is not said. */
function ascending(graph: Graph, x: Node): Node {
  const [R = 0] = x.shape
  const outputs = [
    { shape: x.shape, dtype: x.dtype },
    { shape: x.shape, dtype: 'int32' },
  ] as const
  const [largest] = graph.add('TopKV2', [unaryNode(graph, 'Neg', x), graph.integer(R)], outputs, {
    T: { type: x.dtype },
    sorted: { bool: true },
  })
  return unaryNode(graph, 'Neg', largest!)
}

function at(graph: Graph, x: Node, place: Node): Node {
  const types = { Tparams: { type: x.dtype }, Tindices: { type: 'int32' }, Taxis: { type: 'int32' } } as const
  return graph.node(
    'GatherV2',
    [x, cast(graph, place, 'int32'), graph.integer(0)],
    { shape: [], dtype: x.dtype },
    types,
  )
}

function compare(graph: Graph, op: string, a: Node, b: Node): Node {
  const shape = a.shape.length >= b.shape.length ? a.shape : b.shape
  const condition = graph.node(op, [a, b], { shape, dtype: 'bool' }, { T: { type: 'float32' } })
  return { ...condition, condition }
}
