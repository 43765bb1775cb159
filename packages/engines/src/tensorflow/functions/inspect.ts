// The function of everything on the way of one update through a whole window and back.

import {
  flattenLayers,
  inspectStep,
  mapLayer,
  prefixed,
  timestepClip,
  under,
  unflattenState,
  type InspectedStep,
  type Inspection,
  type Window,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface InspectSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps' | 'compensation'> {
  readonly kind: 'inspect'
}

export class InspectFunction {
  readonly #batch: FunctionBatch
  readonly #inspection: Inspection<Node>

  constructor(builder: FunctionBuilder, signature: InspectSignature) {
    const { ops, network, program, shards, microBatches } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    this.#inspection = inspectStep(
      { ops, network, parameters },
      { ...signature, carried },
      {
        batch: this.#batch.batch,
        shards: shards * microBatches,
        clipTimestep: timestepClip(program.clipping),
        compensation: signature.compensation,
      },
    )
  }

  run(graph: LoadedGraph, given: GivenBatch): InspectedStep {
    const { loss, layers } = this.#inspection
    const parts = layers.map((layer) => flattenParts(layer))
    const fetched: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), {
      loss,
      ...flattenLayers(parts),
    })
    return {
      loss: fetched['loss']![0]!,
      layers: layers.map((_, layer) => mapLayer((part) => under(fetched, `${layer}.${part}.`))),
    }
  }
}

function flattenParts(layer: Inspection<Node>['layers'][number]): Readonly<Record<string, Node>> {
  const parts = mapLayer((part) => prefixed(layer[part], `${part}.`))
  return Object.assign({}, ...Object.values(parts)) as Readonly<Record<string, Node>>
}
