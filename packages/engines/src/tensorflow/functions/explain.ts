// The function that goes back from answers to the inputs that they rest on.

import {
  explainRows,
  prefixed,
  targetSteps,
  under,
  type ExplainedBatch,
  type ExplainedRows,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import type { FunctionBuilder } from './builder.ts'
import { addOwnRows, type OwnRows } from './own_rows.ts'

export interface ExplainSignature {
  readonly kind: 'explain'
  /** T. */
  readonly steps: number
}

const GATE = 'gate.'

export class ExplainFunction {
  readonly #rows: OwnRows
  readonly #weights: Node
  readonly #gradients: Node
  readonly #gates: Tensors<Node>

  constructor(builder: FunctionBuilder, { steps }: ExplainSignature) {
    const { ops, graph, network } = builder
    this.#rows = addOwnRows(builder, steps)
    const { batch, before, parameters } = this.#rows
    const rows = targetSteps(network, steps) * network.batchSize
    this.#weights = graph.placeholder([rows, network.readout.size], 'float32')
    const given = { ...batch, weights: this.#weights }
    const { gradients, gates } = explainRows({ ops, network, parameters }, given, before)
    this.#gradients = gradients
    this.#gates = gates
  }

  run(graph: LoadedGraph, { weights, ...rows }: ExplainedBatch): ExplainedRows {
    const feeds = [...this.#rows.feed(rows), [this.#weights, weights] as const]
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(feeds, {
      gradients: this.#gradients,
      ...prefixed(this.#gates, GATE),
    })
    return { gradients: fetched['gradients']!, gates: under(fetched, GATE) }
  }
}
