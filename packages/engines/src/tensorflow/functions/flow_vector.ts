import { listFlows, type Flow, type Tensors } from '@unroll/bptt'
import { buildFlow, type LayerNorms } from '../../session/flow.ts'
import type { Node } from '../graph/graph.ts'
import type { FunctionBuilder } from './builder.ts'

/** The flow of a whole window as one vector [L·S·T] of norms: layer by layer, state by state, step by step. */
export class FlowVector {
  readonly node: Node
  readonly #states: readonly string[]
  readonly #steps: number

  constructor({ ops, network }: FunctionBuilder, flow: readonly Tensors<Node>[], steps: number) {
    this.node = ops.concat(
      flow.flatMap((norms) => Object.values(norms)),
      0,
    )
    this.#states = listFlows(network.cell)
    this.#steps = steps
  }

  read(norms: Float32Array): Flow {
    const T = this.#steps
    const size = this.#states.length * T
    const layers = Array.from({ length: norms.length / size }, (_, layer): LayerNorms =>
      Object.fromEntries(
        this.#states.map((state, index) => {
          const start = layer * size + index * T
          return [state, norms.subarray(start, start + T)]
        }),
      ),
    )
    return buildFlow(layers)
  }
}
