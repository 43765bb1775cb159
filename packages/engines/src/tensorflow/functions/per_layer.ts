// The functions of what is observed of a whole window layer by layer: the itemised matrix and the Lyapunov exponents.

import { drawDirections, itemise, stretchDirections, unflattenState, type Tensors, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

type PerLayerKind = 'itemise' | 'stretch'

export interface PerLayerSignature<Kind extends PerLayerKind = PerLayerKind>
  extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: Kind
  /** The most sources, or directions. */
  readonly most: number
}

/** What all of them read. */
interface Read {
  readonly parameters: Tensors<Node>
  readonly window: Parameters<typeof itemise<Node>>[1]
  readonly batch: Pick<Parameters<typeof itemise<Node>>[2], 'batch' | 'shards'>
}

type Maker = (builder: FunctionBuilder, read: Read, most: number) => readonly Node[]

const MAKERS: Readonly<Record<PerLayerKind, Maker>> = {
  /** The norms of each layer, in the order of `placeMatrix`. */
  itemise: ({ ops, network }, { parameters, window, batch }, most) =>
    itemise({ ops, network, parameters }, window, { ...batch, most }),
  /** The lengths of each layer's directions, as `readSpectrum` reads them. */
  stretch({ graph, ops, network }, { parameters, window, batch }, most) {
    const starts = drawDirections(network, most).map(({ shape, data }) =>
      graph.constant({ dtype: 'float32', shape, values: [...data] }),
    )
    return stretchDirections({ ops, network, parameters }, window, { ...batch, starts })
  },
}

export class PerLayerFunction {
  readonly #batch: FunctionBatch
  readonly #layers: readonly Node[]

  constructor(builder: FunctionBuilder, signature: PerLayerSignature) {
    const { network, shards, microBatches } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    const batch = { batch: this.#batch.batch, shards: shards * microBatches }
    this.#layers = MAKERS[signature.kind](
      builder,
      { parameters, window: { ...signature, carried }, batch },
      signature.most,
    )
  }

  /** What is made of each layer. */
  run(graph: LoadedGraph, given: GivenBatch): readonly Float32Array[] {
    const layers = Object.fromEntries(this.#layers.map((numbers, layer) => [String(layer), numbers]))
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), layers)
    return this.#layers.map((_, layer) => fetched[layer]!)
  }
}
