// What the sections of a long window hand to each other: tensors of TensorFlow's own, by name.

import { flattenLayers, mapTensors, prefixed, type Network, type Tensors } from '@unroll/bptt'
import type { Node } from './graph.ts'
import type { SectionBuilder } from './section_builder.ts'

/** What a chunk hands over, by the first part of the names; the shard follows: `states.0.0.h`. */
export const HANDED = {
  /** Before the chunk as it is taken, after it as it is given, forward alone. */
  states: 'states.',
  /** After it, where everything is kept. */
  keptStates: 'keptStates.',
  kept: 'kept.',
  sums: 'sums.',
  flow: 'flow.',
  answer: 'answer.',
  /** Of the read-out, [steps·N,K] of the shard. */
  outputs: 'outputs.',
  saturation: 'saturation.',
  radii: 'radii.',
} as const

export function shardNetwork({ network, shards }: SectionBuilder): Network {
  return { ...network, batchSize: network.batchSize / shards }
}

/** Placeholders of tensors by name. */
export function taken({ graph }: SectionBuilder, shapes: Readonly<Record<string, readonly number[]>>): Tensors<Node> {
  return mapTensors(shapes, (shape) => graph.placeholder(shape, 'float32'))
}

export function stateShapesOf({
  cell,
  layers,
  batchSize: N,
  hiddenSize: H,
}: Network): Record<string, readonly number[]> {
  const states = Object.fromEntries(cell.states.map((state) => [state, [N, H]]))
  return flattenLayers(Array.from({ length: layers }, () => states)) as Record<string, readonly number[]>
}

/** Tensors of each shard as one record: `kept.0.`, then their own names. */
export function byShard<X>(what: string, shards: readonly Tensors<X>[]): Tensors<X> {
  return Object.assign({}, ...shards.map((tensors, index) => prefixed(tensors, `${what}${index}.`))) as Tensors<X>
}
