// The function that moves the carried states through a whole window and learns nothing.

import { flattenState, forward, statesAfter, unflattenState, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { assignAll } from '../graph/variables.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface ForwardSignature extends BatchSignature, Pick<Window, 'from' | 'advance'> {
  readonly kind: 'forward'
}

export class ForwardFunction {
  readonly #batch: FunctionBatch
  readonly #moved: Node

  constructor(builder: FunctionBuilder, signature: ForwardSignature) {
    const { graph, ops, network, variables } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { batch } = this.#batch
    const read = builder.read(isTrained)
    const state = unflattenState(network, read)
    const { from, advance } = signature
    const bound = { ops, network, parameters: state.parameters }
    const pass = forward(bound, { from, carried: state.carried }, batch.inputs, batch)
    const carried = statesAfter(ops, pass, advance)
    const assigned = assignAll(graph, variables, flattenState({ ...state, carried }), read)
    this.#moved = graph.after(assigned, ops.reshape(ops.constant(0), [1]))
  }

  run(graph: LoadedGraph, given: GivenBatch): void {
    graph.perform(this.#batch.feed(given), this.#moved)
  }
}
