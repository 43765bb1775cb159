// The end of a function that updates: the optimizer's scalars, the assignments and the report.

import {
  flattenState,
  updateScalars,
  type StepReport,
  type StepReportTensors,
  type StepState,
  type Tensors,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import type { Feed } from '../graph/runtime.ts'
import { assignAll, pack, unpack } from '../graph/variables.ts'
import type { FunctionBuilder } from './builder.ts'

/** The numbers that every report has, in the order of their vector. */
const SCALARS = [
  'loss',
  'gradNorm',
  'gradNormClipped',
  'clipCoefficient',
  'clippedFraction',
  'finite',
  'updated',
] as const satisfies readonly (keyof StepReportTensors<Node>)[]

/** The options of an update beside its batch. */
export interface UpdateOptions {
  /** The optimizer's scalars, in the order of `updateScalars`. */
  readonly scalars: readonly number[]
  /** Whether accuracy and the norms of the parameters are reported. */
  readonly metrics: boolean
}

/** The optimizer's scalars as one placeholder. */
export class OptimizerScalars {
  readonly values: Tensors<Node>
  readonly #vector: Node

  constructor({ graph, program }: FunctionBuilder) {
    const names = Object.keys(updateScalars(program.optimizer, 0, 1))
    this.#vector = graph.placeholder([names.length], 'float32')
    const values = unpack(graph, this.#vector)
    this.values = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
  }

  feed(scalars: readonly number[]): Feed {
    return [this.#vector, scalars]
  }
}

/** An update in a graph: the nodes that a run fetches, and the report that it reads from them. */
export class Update {
  readonly #numbers: Node
  readonly #metrics: Node
  /** Whether accuracy comes first in the metrics; the norms of `#parameters` follow. */
  readonly #hasAccuracy: boolean
  readonly #parameters: readonly string[]

  /** @param read The variables of the training state before the update. */
  constructor(
    { graph, variables }: FunctionBuilder,
    read: Tensors<Node>,
    { state, report }: { readonly state: StepState<Node>; readonly report: StepReportTensors<Node> },
  ) {
    const { accuracy, parameterNorms } = report
    const assigned = assignAll(graph, variables, flattenState(state), read)
    const numbers = SCALARS.map((name) => report[name])
    this.#numbers = graph.after(assigned, pack(graph, numbers))
    this.#metrics = pack(graph, [...(accuracy === undefined ? [] : [accuracy]), ...Object.values(parameterNorms)])
    this.#hasAccuracy = accuracy !== undefined
    this.#parameters = Object.keys(parameterNorms)
  }

  /** Lists the nodes that a run fetches; the update happens with them. */
  fetches({ metrics }: Pick<UpdateOptions, 'metrics'>): { readonly numbers: Node; readonly metrics: Node | undefined } {
    return { numbers: this.#numbers, metrics: metrics ? this.#metrics : undefined }
  }

  /** Reads the report from the fetched numbers. */
  readReport({ numbers, metrics }: { numbers: Float32Array; metrics: Float32Array | undefined }): StepReport {
    const read = SCALARS.map((name, index) => [name, numbers[index]!] as const)
    const { finite, updated, ...scalars } = Object.fromEntries(read) as Record<(typeof SCALARS)[number], number>
    return { ...scalars, finite: finite === 1, updated: updated === 1, ...(metrics && this.#readMetrics(metrics)) }
  }

  #readMetrics(metrics: Float32Array): Pick<StepReport, 'accuracy' | 'parameterNorms'> {
    const first = Number(this.#hasAccuracy)
    return {
      ...(this.#hasAccuracy && { accuracy: metrics[0]! }),
      parameterNorms: Object.fromEntries(this.#parameters.map((name, index) => [name, metrics[first + index]!])),
    }
  }
}
