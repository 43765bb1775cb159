// The function of the squares of the Lyapunov exponents and of their gradient.

import {
  drawDirections,
  flossWindow,
  mapTensors,
  prefixed,
  under,
  unflattenState,
  type SpectrumGradients,
  type Tensors,
  type Window,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface FlossSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: 'floss'
  /** The most exponents. */
  readonly most: number
}

const GRADIENT = 'gradient.'

export class FlossFunction {
  readonly #batch: FunctionBatch
  /** Of each layer, [TN,1]. */
  readonly #shares: readonly Node[]
  readonly #squares: Node
  readonly #gradients: Tensors<Node>

  constructor(builder: FunctionBuilder, signature: FlossSignature) {
    const { graph, ops, network, shards, microBatches } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    const rows = signature.steps * network.batchSize
    this.#shares = network.layers.map(() => graph.placeholder([rows, 1], 'float32'))
    const starts = drawDirections(network, signature.most).map(({ shape, data }) =>
      graph.constant({ dtype: 'float32', shape, values: [...data] }),
    )
    const found = flossWindow(
      { ops, network, parameters },
      { ...signature, carried },
      { batch: this.#batch.batch, shards: shards * microBatches, starts, shares: this.#shares },
    )
    this.#squares = ops.reshape(found.squares, [1])
    this.#gradients = found.gradients
  }

  run(graph: LoadedGraph, given: GivenBatch, shares: readonly Float64Array[]): SpectrumGradients {
    const feeds = this.#shares.map((node, layer): Feed => [node, Float32Array.from(shares[layer]!)])
    const results: Readonly<Record<string, Float32Array>> = graph.read([...this.#batch.feed(given), ...feeds], {
      squares: this.#squares,
      ...prefixed(this.#gradients, GRADIENT),
    })
    const fetched = under(results, GRADIENT)
    return {
      squares: results['squares']![0]!,
      gradients: mapTensors(this.#gradients, ({ shape }, name) => ({ shape, data: fetched[name]! })),
    }
  }
}
