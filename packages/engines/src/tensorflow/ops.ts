import type { Ops } from '@unroll/bptt'
import type { Graph, Node } from './graph.ts'
import { losses } from './losses.ts'
import { movement } from './movement.ts'
import { norms } from './norms.ts'
import { pointwise } from './pointwise.ts'
import { products } from './products.ts'
import { quantiles } from './quantile.ts'

/** Every operation as nodes added to a graph; nothing is computed before the graph is run. */
export function graphOps(graph: Graph): Ops<Node> {
  return {
    ...movement(graph),
    ...pointwise(graph),
    ...products(graph),
    ...losses(graph),
    ...norms(graph),
    ...quantiles(graph),
    scope: (body) => body(), // tensors live in a run of the graph, not here
  }
}
