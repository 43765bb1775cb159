// The function of the itemised matrix of a whole window.

import { itemise, unflattenState, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface ItemiseSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: 'itemise'
  /** The most sources. */
  readonly most: number
}

export class ItemiseFunction {
  readonly #batch: FunctionBatch
  readonly #layers: readonly Node[]

  constructor(builder: FunctionBuilder, signature: ItemiseSignature) {
    const { ops, network, shards, microBatches } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    this.#layers = itemise(
      { ops, network, parameters },
      { ...signature, carried },
      { batch: this.#batch.batch, shards: shards * microBatches, most: signature.most },
    )
  }

  /** The norms of each layer, in the order of `placeMatrix`. */
  run(graph: LoadedGraph, given: GivenBatch): readonly Float32Array[] {
    const layers = Object.fromEntries(this.#layers.map((norms, layer) => [String(layer), norms]))
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), layers)
    return this.#layers.map((_, layer) => fetched[layer]!)
  }
}
