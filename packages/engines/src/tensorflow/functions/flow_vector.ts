import { listFlows, type Flow, type Tensors } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { FunctionBuilder } from './builder.ts'

/** The flow of a whole window, read from one vector [L·S·T] of norms: layer by layer, state by state, step by step. */
export class FlowVector {
  /** The series of each layer and state, in the order of the vector. */
  readonly nodes: readonly Node[]
  /** Where those of each layer start in the vector; none of `c` where there is no memory cell. */
  readonly #starts: Readonly<Record<'h' | 'c', readonly number[]>>
  readonly #steps: number

  constructor({ network }: FunctionBuilder, flow: readonly Tensors<Node>[], steps: number) {
    this.nodes = flow.flatMap((norms) => Object.values(norms))
    const states = listFlows(network.cell)
    const startsOf = (state: string): readonly number[] =>
      states.includes(state) ? flow.map((_, layer) => (layer * states.length + states.indexOf(state)) * steps) : []
    this.#starts = { h: startsOf('h'), c: startsOf('c') }
    this.#steps = steps
  }

  /** Views of the norms, the first of which is at `first` of the given numbers. */
  read(numbers: Float32Array, first: number): Flow {
    const cut = (start: number): Float32Array => numbers.subarray(first + start, first + start + this.#steps)
    const { h, c } = this.#starts
    return c.length === 0 ? { h: h.map(cut) } : { h: h.map(cut), c: c.map(cut) }
  }
}
