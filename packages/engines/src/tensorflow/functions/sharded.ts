// The tensors that functions of a long window pass to each other: by shard and by name. They stay in TensorFlow's memory.

import { flattenLayers, mapTensors, listLayerShapes, type Network, type Shapes, type Tensors } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph, TensorId } from '../graph/runtime.ts'
import type { FunctionBuilder } from './builder.ts'

/** A record of tensors for each shard. */
export type Sharded<X> = readonly Tensors<X>[]

export function shardNetwork({ network, shards }: Pick<FunctionBuilder, 'network' | 'shards'>): Network {
  return { ...network, batchSize: network.batchSize / shards }
}

/** Lists the shapes of the states of all layers, [N,H] each, as `0.h`. */
export function listStateShapes(network: Network): Shapes {
  return flattenLayers(listLayerShapes(network))
}

/** Adds a placeholder for each name. */
export function addPlaceholders({ graph }: FunctionBuilder, shapes: Shapes): Tensors<Node> {
  return mapTensors(shapes, (shape) => graph.placeholder(shape, 'float32'))
}

/** Feeds tensors to the placeholders of the same shards and names. */
export function feedSharded(into: Sharded<Node>, tensors: Sharded<TensorId>): readonly Feed[] {
  return into.flatMap((nodes, shard) =>
    Object.entries(nodes).map(([name, node]): Feed => [node, { tensor: tensors[shard]![name]! }]),
  )
}

/** Runs a graph and fetches groups of tensors. Two names of one node share one tensor; the caller frees each tensor once. */
export function fetchSharded<Group extends string>(
  graph: LoadedGraph,
  feeds: readonly Feed[],
  groups: Readonly<Record<Group, Sharded<Node>>>,
): Readonly<Record<Group, Sharded<TensorId>>> {
  const all = Object.values<Sharded<Node>>(groups).flatMap((shards) => shards.flatMap((nodes) => Object.values(nodes)))
  const nodes = [...new Map(all.map((node) => [node.name, node])).values()]
  const tensors = graph.run(feeds, nodes)
  const byNode = new Map(nodes.map(({ name }, index) => [name, tensors[index]!]))
  return mapTensors<Sharded<Node>, Sharded<TensorId>>(groups, (shards) =>
    shards.map((named) => mapTensors(named, ({ name }) => byNode.get(name)!)),
  )
}

/** Reads the numbers of tensors and frees each tensor once. */
export function takeSharded(graph: LoadedGraph, tensors: Sharded<TensorId>): Sharded<Float32Array> {
  const ids = new Set(tensors.flatMap((named) => Object.values(named)))
  const taken = new Map(Array.from(ids, (id) => [id, graph.take(id)]))
  return tensors.map((named) => mapTensors(named, (tensor) => taken.get(tensor)!))
}

/** Frees each tensor once. */
export function freeSharded(graph: LoadedGraph, ...tensors: readonly Sharded<TensorId>[]): void {
  graph.free(new Set(tensors.flat().flatMap((named) => Object.values(named))))
}
