// The function of the Lyapunov exponents of a whole window.

import { drawDirections, stretchDirections, unflattenState, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface StretchSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: 'stretch'
  /** The most directions. */
  readonly most: number
}

export class StretchFunction {
  readonly #batch: FunctionBatch
  readonly #layers: readonly Node[]

  constructor(builder: FunctionBuilder, signature: StretchSignature) {
    const { graph, ops, network, shards, microBatches } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    const starts = drawDirections(network, signature.most).map(({ shape, data }) =>
      graph.constant({ dtype: 'float32', shape, values: [...data] }),
    )
    this.#layers = stretchDirections(
      { ops, network, parameters },
      { ...signature, carried },
      { batch: this.#batch.batch, shards: shards * microBatches, starts },
    )
  }

  /** The lengths of each layer's directions, as `readSpectrum` reads them. */
  run(graph: LoadedGraph, given: GivenBatch): readonly Float32Array[] {
    const layers = Object.fromEntries(this.#layers.map((lengths, layer) => [String(layer), lengths]))
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), layers)
    return this.#layers.map((_, layer) => fetched[layer]!)
  }
}
