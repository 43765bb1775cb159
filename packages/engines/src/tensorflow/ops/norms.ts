// Norms in float64: its range holds the square of every float32, so that no scaling by the largest magnitude is needed.

import type { Ops } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { reshape } from './movement.ts'
import { binaryNode, cast, unaryNode } from './pointwise.ts'
import { allAxes, sumOver } from './products.ts'
import { elements } from '../../shape.ts'

type Norm = 'norm' | 'rowNorms' | 'columnNorms' | 'log10Norm'

/** @param kernels Whether our own kernel may be used: one pass, where TensorFlow's operations take four. */
export function norms(graph: Graph, kernels: boolean): Pick<Ops<Node>, Norm> {
  return kernels ? { ...composed(graph), ...inOnePass(graph) } : composed(graph)
}

function composed(graph: Graph): Pick<Ops<Node>, Norm> {
  const squares = (x: Node, axes: readonly number[]): Node =>
    sumOver(graph, unaryNode(graph, 'Square', cast(graph, x, 'float64')), axes)
  const root = (sum: Node): Node => cast(graph, unaryNode(graph, 'Sqrt', sum), 'float32')
  return {
    norm: (x) => root(squares(x, allAxes(x))),
    rowNorms: (x) => reshape(graph, root(squares(x, [1])), [x.shape[0]!, 1]),
    columnNorms: (x) => reshape(graph, root(squares(x, [0])), [1, x.shape[1]!]),
    log10Norm: (x) => {
      const logs = unaryNode(graph, 'Log', squares(x, allAxes(x).slice(1)))
      const half = graph.constant({ dtype: 'float64', shape: [], values: [0.5 / Math.LN10] })
      return cast(graph, binaryNode(graph, 'Mul', logs, half), 'float32')
    },
  }
}

function inOnePass(graph: Graph): Pick<Ops<Node>, 'norm' | 'rowNorms' | 'log10Norm'> {
  const overRows = (x: Node, rows: number, log10: boolean): Node =>
    graph.node(
      'UnrollNorms',
      [x],
      { shape: [rows], dtype: 'float32' },
      {
        N: { int: 1 },
        rows: { int: rows },
        columns: { ints: [elements(x.shape) / rows] },
        log10: { int: Number(log10) },
      },
    )
  return {
    norm: (x) => reshape(graph, overRows(x, 1, false), []),
    rowNorms: (x) => reshape(graph, overRows(x, x.shape[0]!, false), [x.shape[0]!, 1]),
    log10Norm: (x) => overRows(x, x.shape[0]!, true),
  }
}
