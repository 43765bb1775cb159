// The function that puts states where the next window begins that goes on from carried ones.

import { mapTensors, prefixed, type Batch, type Tensors } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { assignAll, copied } from '../graph/variables.ts'
import { CARRIED, EVALUATED, type FunctionBuilder } from './builder.ts'
import { addPlaceholders, listStateShapes } from './sharded.ts'

export interface PlaceSignature {
  readonly kind: 'place'
  /** Whose windows go on from them. */
  readonly of: 'training' | 'evaluation'
}

export class PlaceFunction {
  readonly #states: Tensors<Node>
  readonly #placed: Node

  constructor(builder: FunctionBuilder, { of }: PlaceSignature) {
    const { graph, ops, network, variables } = builder
    this.#states = addPlaceholders(builder, listStateShapes(network))
    const prefix = of === 'evaluation' ? EVALUATED + CARRIED : CARRIED
    const values = mapTensors(prefixed(this.#states, prefix), (x) => copied(graph, x))
    this.#placed = graph.after(assignAll(graph, variables, values, {}), ops.reshape(ops.constant(0), [1]))
  }

  run(graph: LoadedGraph, states: NonNullable<Batch['states']>): void {
    graph.perform(
      Object.entries(this.#states).map(([name, node]): Feed => [node, states[name]!]),
      this.#placed,
    )
  }
}
