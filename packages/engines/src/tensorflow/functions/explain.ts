// The function that goes back from answers to the inputs that they rest on. It reads the parameters and keeps nothing.

import {
  explainRows,
  prefixed,
  targetSteps,
  under,
  unflattenLayers,
  unflattenState,
  type ExplainedBatch,
  type ExplainedRows,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type FunctionBatch, type FunctionBuilder } from './builder.ts'
import { addPlaceholders, listStateShapes } from './sharded.ts'

export interface ExplainSignature {
  readonly kind: 'explain'
  /** T. */
  readonly steps: number
}

const GATE = 'gate.'

export class ExplainFunction {
  readonly #batch: FunctionBatch
  readonly #before: Tensors<Node>
  readonly #weights: Node
  readonly #gradients: Node
  readonly #gates: Tensors<Node>

  constructor(builder: FunctionBuilder, { steps }: ExplainSignature) {
    const { ops, graph, network } = builder
    this.#batch = builder.batch({ steps, masked: true })
    this.#before = addPlaceholders(builder, listStateShapes(network))
    const rows = targetSteps(network, steps) * network.batchSize
    this.#weights = graph.placeholder([rows, network.readout.size], 'float32')
    const { parameters } = unflattenState(network, builder.read(isTrained))
    const given = { ...this.#batch.batch, weights: this.#weights }
    const { gradients, gates } = explainRows(
      { ops, network, parameters },
      given,
      unflattenLayers(network, this.#before),
    )
    this.#gradients = gradients
    this.#gates = gates
  }

  run(graph: LoadedGraph, { states, weights, ...batch }: ExplainedBatch): ExplainedRows {
    const given = { batch: { ...batch, targets: new Int32Array() }, targets: new Int32Array(), dropout: () => [] }
    const before = Object.entries(this.#before).map(([name, node]): Feed => [node, states[name]!])
    const feeds: readonly Feed[] = [...this.#batch.feed(given), ...before, [this.#weights, weights]]
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(feeds, {
      gradients: this.#gradients,
      ...prefixed(this.#gates, GATE),
    })
    return { gradients: fetched['gradients']!, gates: under(fetched, GATE) }
  }
}
