// The function that compares the gradient of truncated backpropagation with the full gradient.

import { truncationBias, unflattenState, type TruncationBias, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { pack } from '../graph/variables.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface TruncationBiasSignature extends BatchSignature, Pick<Window, 'from'> {
  readonly kind: 'bias'
  readonly truncation: { readonly k1: number; readonly k2: number }
}

export class TruncationBiasFunction {
  readonly #batch: FunctionBatch
  readonly #report: Node

  constructor(builder: FunctionBuilder, signature: TruncationBiasSignature) {
    const { graph, ops, network } = builder
    this.#batch = builder.batch({ ...signature, lossSteps: signature.steps })
    const { parameters, carried } = unflattenState(network, builder.read(isTrained))
    const start = { from: signature.from, carried }
    const bias = truncationBias({ ops, network, parameters }, start, this.#batch.batch, signature.truncation)
    this.#report = pack(graph, [bias.relative, bias.cosine])
  }

  run(graph: LoadedGraph, given: GivenBatch): TruncationBias {
    const [relative, cosine] = graph.read(this.#batch.feed(given), { report: this.#report }).report
    return { relative: relative!, cosine: cosine! }
  }
}
