// The function of optional measurements before a step: probe flow, saturation and spectral radii of a whole window.

import {
  flattenLayers,
  observe,
  readProbe,
  under,
  unflattenState,
  type Network,
  type Observed,
  type Tensors,
  type Window,
} from '@unroll/bptt'
import type { WindowObservations } from '../../session/flow.ts'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { pack } from '../graph/variables.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface ObserveSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: 'observe'
  readonly observed: Observed
}

export class ObserveFunction {
  readonly #batch: FunctionBatch
  readonly #steps: number
  readonly #network: Network
  readonly #probe: readonly Tensors<Node>[] | undefined
  /** Names of the series of saturation. */
  readonly #saturation: readonly string[]
  /** What is read in one run: the values of saturation, and the tensors of the probe by layer and name. */
  readonly #report: Tensors<Node>

  constructor(builder: FunctionBuilder, signature: ObserveSignature) {
    const { graph, ops, network } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    this.#steps = signature.steps
    this.#network = network
    const state = unflattenState(network, builder.read(isTrained))
    const { from, observed } = signature
    const bound = { ops, network, parameters: state.parameters }
    const { probe, saturation = {} } = observe(bound, { from, carried: state.carried }, this.#batch.batch, observed)
    this.#probe = probe
    this.#saturation = Object.keys(saturation)
    const values = Object.values(saturation)
    this.#report = { ...flattenLayers(probe ?? []), ...(values.length > 0 && { [SATURATION]: pack(graph, values) }) }
  }

  run(graph: LoadedGraph, given: GivenBatch): WindowObservations {
    if (Object.keys(this.#report).length === 0) return {} // TensorFlow refuses to run for nothing
    const read: Readonly<Record<string, Float32Array>> = graph.read(this.#batch.feed(given), this.#report)
    const values = this.#saturation.map((name, index) => [name, read[SATURATION]![index]!] as const)
    const probed = this.#probe?.map((_, layer) => under(read, `${layer}.`))
    return {
      ...(probed && { probe: readProbe(this.#network, [probed], this.#steps) }),
      ...(values.length > 0 && { saturation: Object.fromEntries(values) }),
    }
  }
}

const SATURATION = 'saturation'
