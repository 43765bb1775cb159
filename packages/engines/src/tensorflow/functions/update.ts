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
import type { Feed, LoadedGraph } from '../graph/runtime.ts'
import { assignAll, unpack } from '../graph/variables.ts'
import type { FunctionBuilder } from './builder.ts'
import type { FlowVector } from './flow_vector.ts'
import { JoinedVector } from './joined_vector.ts'

/** The vectors of a report. */
type Part = 'numbers' | 'flow' | 'metrics'

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

/** An update in a graph, and how its report is read. */
export class Update {
  readonly #flow: FlowVector | undefined
  /** The report without metrics, and with them. Fetching either updates. */
  readonly #reports: Readonly<Record<'plain' | 'measured', JoinedVector<Part>>>
  /** Whether accuracy comes first in the metrics; the norms of `#parameters` follow. */
  readonly #hasAccuracy: boolean
  readonly #parameters: readonly string[]

  /**
   * @param read The variables of the training state before the update.
   * @param flow Of the window, where it is reported.
   */
  constructor(
    { graph, variables }: FunctionBuilder,
    read: Tensors<Node>,
    { state, report }: { readonly state: StepState<Node>; readonly report: StepReportTensors<Node> },
    flow?: FlowVector,
  ) {
    const { accuracy, parameterNorms } = report
    const assigned = assignAll(graph, variables, flattenState(state), read)
    const parts = { numbers: SCALARS.map((name) => report[name]), flow: flow?.nodes }
    const metrics = [...(accuracy === undefined ? [] : [accuracy]), ...Object.values(parameterNorms)]
    this.#flow = flow
    this.#reports = {
      plain: new JoinedVector<Part>({ graph }, parts, assigned),
      measured: new JoinedVector<Part>({ graph }, { ...parts, metrics }, assigned),
    }
    this.#hasAccuracy = accuracy !== undefined
    this.#parameters = Object.keys(parameterNorms)
  }

  /** Updates, and reads the report. */
  run(graph: LoadedGraph, feeds: readonly Feed[], { metrics }: Pick<UpdateOptions, 'metrics'>): StepReport {
    const { node, starts } = this.#reports[metrics ? 'measured' : 'plain']
    const numbers = graph.readOne(feeds, node)
    return {
      ...readScalars(numbers, starts.numbers!),
      ...(starts.metrics !== undefined && this.#readMetrics(numbers, starts.metrics)),
      ...(this.#flow && { flow: this.#flow.read(numbers, starts.flow!) }),
    }
  }

  #readMetrics(numbers: Float32Array, first: number): Pick<StepReport, 'accuracy' | 'parameterNorms'> {
    const parameterNorms = nameNumbers(this.#parameters, numbers, first + Number(this.#hasAccuracy))
    return this.#hasAccuracy ? { accuracy: numbers[first]!, parameterNorms } : { parameterNorms }
  }
}

function readScalars(numbers: Float32Array, first: number): StepReport {
  const { finite, updated, ...scalars } = nameNumbers(SCALARS, numbers, first)
  return { ...scalars, finite: finite === 1, updated: updated === 1 }
}

/**
 * Numbers from the given one on by the names of the same order. A loop, as each step reads a report when its arithmetic has
 * pushed all of JavaScript out of the caches: through a list of entries it takes 10 to 15 µs more.
 */
function nameNumbers<Name extends string>(
  names: readonly Name[],
  numbers: Float32Array,
  first: number,
): Record<Name, number> {
  const named: Partial<Record<Name, number>> = {}
  for (let i = 0; i < names.length; i++) named[names[i]!] = numbers[first + i]!
  return named as Record<Name, number>
}
