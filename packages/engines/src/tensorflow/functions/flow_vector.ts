import { listFlows, type Flow, type Tensors } from '@unroll/bptt'
import { buildFlow, type LayerNorms } from '../../session/flow.ts'
import type { Node } from '../graph/graph.ts'
import type { FunctionBuilder } from './builder.ts'

/** The flow of a whole window, read from one vector [L·S·T] of norms: layer by layer, state by state, step by step. */
export class FlowVector {
  /** The series of each layer and state, in the order of the vector. */
  readonly nodes: readonly Node[]
  readonly #states: readonly string[]
  readonly #steps: number

  constructor({ network }: FunctionBuilder, flow: readonly Tensors<Node>[], steps: number) {
    this.nodes = flow.flatMap((norms) => Object.values(norms))
    this.#states = listFlows(network.cell)
    this.#steps = steps
  }

  /** Views of the norms. */
  read(norms: Float32Array): Flow {
    const T = this.#steps
    const layers: LayerNorms[] = []
    for (let start = 0; start < norms.length; start += T * this.#states.length) {
      const series: Record<string, Float32Array> = {}
      for (const [index, state] of this.#states.entries()) {
        series[state] = norms.subarray(start + index * T, start + (index + 1) * T)
      }
      layers.push(series)
    }
    return buildFlow(layers)
  }
}
