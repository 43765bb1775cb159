// The function of optional measurements before a step: probe flow, saturation and spectral radii of a whole window.

import { observe, unflattenState, type Observed, type StepReport, type Window } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { LoadedGraph } from '../graph/runtime.ts'
import { pack } from '../graph/variables.ts'
import { isTrained, type BatchSignature, type FunctionBatch, type FunctionBuilder, type GivenBatch } from './builder.ts'

export interface ObserveSignature extends BatchSignature, Pick<Window, 'from' | 'lossSteps'> {
  readonly kind: 'observe'
  readonly observed: Observed
}

export interface WindowObservations extends Pick<StepReport, 'saturation'> {
  /** Probe flow of each layer, [T]. */
  readonly probe?: readonly Float32Array[]
}

export class ObserveFunction {
  readonly #batch: FunctionBatch
  readonly #steps: number
  /** The number of layers whose probe flow, [T] each, comes first in the report; the values of `saturation` follow. */
  readonly #probed: number | undefined
  /** Names of the series of saturation. */
  readonly #saturation: readonly string[] | undefined
  readonly #report: Node

  constructor(builder: FunctionBuilder, signature: ObserveSignature) {
    const { graph, ops, network } = builder
    this.#batch = builder.batch({ ...signature, dropsUnits: true })
    this.#steps = signature.steps
    const state = unflattenState(network, builder.read(isTrained))
    const { from, observed } = signature
    const bound = { ops, network, parameters: state.parameters }
    const { probe, saturation } = observe(bound, { from, carried: state.carried }, this.#batch.batch, observed)
    this.#probed = probe?.length
    this.#saturation = saturation && Object.keys(saturation)
    const flow = probe?.map(({ h }) => h!) ?? []
    const values = Object.values(saturation ?? {})
    this.#report = ops.concat([...flow, ...(values.length > 0 ? [pack(graph, values)] : [])], 0)
  }

  run(graph: LoadedGraph, given: GivenBatch): WindowObservations {
    const { report } = graph.read(this.#batch.feed(given), { report: this.#report })
    const T = this.#steps
    const layers = this.#probed ?? 0
    const norms = Array.from({ length: layers }, (_, layer) => report.slice(layer * T, (layer + 1) * T))
    const values = this.#saturation?.map((name, index) => [name, report[layers * T + index]!] as const)
    return {
      ...(this.#probed !== undefined && { probe: norms }),
      ...(values !== undefined && { saturation: Object.fromEntries(values) }),
    }
  }
}
