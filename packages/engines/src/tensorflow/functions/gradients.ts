// The end of a function that gives gradients: the carried states are kept, and the host reads loss, norms and gradients.

import {
  flattenLayers,
  mapTensors,
  prefixed,
  under,
  type GradientReport,
  type Tensors,
  type WindowGradients,
} from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import { assignAll, pack } from '../graph/variables.ts'
import { CARRIED, type FunctionBuilder } from './builder.ts'

const GRADIENT = 'gradient.'

/** The numbers of a report that are there: loss and norm, then what the network and its clipping policy have. */
const OPTIONAL = ['accuracy', 'clippedFraction'] as const

export class GradientOutputs {
  readonly #numbers: Node
  readonly #names: readonly ('loss' | 'norm' | (typeof OPTIONAL)[number])[]
  readonly #norms: Node
  readonly #gradients: Tensors<Node>

  /** @param read The variables of the training state before the window. */
  constructor({ graph, variables }: FunctionBuilder, read: Tensors<Node>, window: WindowGradients<Node>) {
    const { gradients, norms, carried } = window
    const kept = prefixed(flattenLayers(carried), CARRIED)
    this.#names = ['loss', 'norm', ...OPTIONAL.filter((name) => window[name] !== undefined)]
    const numbers = this.#names.map((name) => window[name]!)
    this.#numbers = graph.after(assignAll(graph, variables, kept, read), pack(graph, numbers))
    this.#norms = pack(graph, Object.values(norms))
    this.#gradients = gradients
  }

  /** Lists the nodes that a run fetches; the carried states are kept with them. */
  get fetches(): Readonly<Record<string, Node>> {
    return { numbers: this.#numbers, norms: this.#norms, ...prefixed(this.#gradients, GRADIENT) }
  }

  /** Reads the report from the fetched numbers. */
  readReport(results: Readonly<Record<string, Float32Array>>): GradientReport {
    const read = this.#names.map((name, index) => [name, results['numbers']![index]!] as const)
    const { norm = NaN, loss = NaN, ...optional } = Object.fromEntries(read)
    const norms = Object.keys(this.#gradients).map((name, index) => [name, results['norms']![index]!] as const)
    const fetched = under(results, GRADIENT)
    return {
      loss,
      gradNorm: norm,
      ...optional,
      parameterNorms: Object.fromEntries(norms),
      gradients: mapTensors(this.#gradients, ({ shape }, name) => ({ shape, data: fetched[name]! })),
    }
  }
}
