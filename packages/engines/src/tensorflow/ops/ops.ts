import type { Ops } from '@unroll/bptt'
import type { Graph, Node } from '../graph/graph.ts'
import { adam } from './adam.ts'
import { loopScan } from './loop_scan.ts'
import { losses, meanCrossEntropy } from './losses.ts'
import { movement, scatter } from './movement.ts'
import { norms } from './norms.ts'
import { pointwise } from './pointwise.ts'
import { affine, products } from './products.ts'
import { quantiles } from './quantile.ts'
import { fusedNode, scanNode } from '../scan/scan.ts'

/**
 * Every operation as nodes added to a graph; nothing is computed before the graph is run.
 * @param options.gpus How many compute the shards of a batch, each as many as the others; one unless given.
 * @param options.stepsInTurn Steps in the body of a loop over time, where the graph has loops.
 */
export function graphOps(
  graph: Graph,
  { gpus = 1, stepsInTurn }: { readonly gpus?: number; readonly stepsInTurn?: number | undefined } = {},
): Ops<Node> {
  const kernels = graph.target === 'cpu'
  const ops: Ops<Node> = {
    ...movement(graph),
    ...pointwise(graph),
    ...products(graph, kernels),
    ...losses(graph),
    ...norms(graph, kernels),
    ...quantiles(graph),
    onShard: (index, body) => graph.onGpu(index % gpus, body),
    scope: (body) => body(), // tensors live in a run of the graph, not here
  }
  if (!kernels) return { ...ops, scan: (recurrence) => loopScan(graph, ops, recurrence, stepsInTurn) }
  return {
    ...ops,
    scansProducts: true,
    scan: (recurrence) => scanNode(graph, ops, recurrence),
    fused: (inputs, body) => fusedNode(graph, ops, inputs, body),
    ...scatter(graph, ops),
    affine: affine(graph),
    meanCrossEntropy: meanCrossEntropy(graph),
    adam: adam(graph, ops),
  }
}
