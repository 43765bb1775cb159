// Windows of many chunks on TensorFlow.

import type { Batch, EvaluateOptions, Evaluation, Flow, StepOptions, StepReport, Window } from '@unroll/bptt'
import { buildFlow } from '../session/flow.ts'
import type { WindowRunner } from '../session/session.ts'
import { GraphChunks, type PassOptions } from './chunks.ts'
import type { EndsFunction, EndsSignature } from './functions/ends.ts'
import { freeSharded, type Sharded } from './functions/sharded.ts'
import type { LoadedGraph, TensorId } from './graph/runtime.ts'
import { buildUpdateOptions, type GraphWindows } from './whole_window.ts'

/** A window before its first chunk, with its functions compiled. */
interface Begun {
  readonly graph: LoadedGraph
  readonly ends: EndsFunction
  /** The states before the first step. */
  readonly initial: Sharded<TensorId>
}

export class GraphChunkedWindow implements WindowRunner {
  readonly #windows: GraphWindows

  constructor(windows: GraphWindows) {
    this.#windows = windows
  }

  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport {
    const { plan } = this.#windows
    const { probe = false, saturation = false } = options
    const flow = options.flow || probe
    const chunks = this.#chunks({ batch, window, flow, dropsUnitsOf: updates })
    const observing = this.#observing(batch, { probe, saturation }, updates)
    const passes = probe || saturation ? [chunks, observing] : [chunks]
    const { graph, ends, initial } = this.#begin({ steps: batch.steps, from: window.from, evaluates: false }, passes)
    const probed = probe ? { probe: this.#probe(observing, initial) } : {}
    const saturated = saturation ? { saturation: { ...observing.saturation(initial), ...observing.radii() } } : {}
    const { sums, carried } = chunks.back(initial, plan.program.segmentSteps)
    const report = ends.update(graph, { sums, carried }, buildUpdateOptions(plan, options, updates))
    freeSharded(graph, initial, sums, carried)
    return { ...report, ...(flow && { flow: { ...buildFlow(chunks.flow), ...probed } }), ...saturated }
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>, updates: number): void {
    const chunks = this.#chunks({ batch, window: { lossSteps: 1, advance }, dropsUnitsOf: updates })
    const { graph, ends, initial } = this.#begin({ steps: batch.steps, from, evaluates: false }, [chunks])
    const carried = chunks.carried(initial)
    ends.move(graph, carried)
    freeSharded(graph, initial, carried)
  }

  evaluate(batch: Batch, { from, outputs }: Required<EvaluateOptions>): Evaluation {
    const { steps } = batch
    const chunks = this.#chunks({ batch, window: { lossSteps: steps, advance: steps } })
    const { graph, ends, initial } = this.#begin({ steps, from, evaluates: true }, [chunks])
    const { evaluation, after } = chunks.evaluate(initial, outputs)
    ends.move(graph, after)
    freeSharded(graph, initial, after)
    return evaluation
  }

  /** Compiles all functions of a window at once and computes its initial states. */
  #begin(window: Omit<EndsSignature, 'kind'>, passes: readonly GraphChunks[]): Begun {
    const { functions } = this.#windows
    const signature: EndsSignature = { kind: 'ends', ...window }
    functions.compile([signature, ...passes.flatMap(({ signatures }) => signatures)])
    const { graph } = functions
    const ends = functions.get(signature)
    return { graph, ends, initial: ends.initial(graph) }
  }

  /** Prepares the pass that observes the network before it learns: the loss of the last step alone, nothing clipped. */
  #observing(batch: Batch, observed: { probe: boolean; saturation: boolean }, updates: number): GraphChunks {
    const window = { lossSteps: 1, advance: batch.steps }
    return this.#chunks({ batch, window, flow: true, observed, dropsUnitsOf: updates })
  }

  #probe(observing: GraphChunks, initial: Sharded<TensorId>): NonNullable<Flow['probe']> {
    const { sums, carried } = observing.back(initial, this.#windows.plan.program.segmentSteps)
    freeSharded(this.#windows.functions.graph, sums, carried)
    return buildFlow(observing.flow).h
  }

  #chunks(options: PassOptions): GraphChunks {
    return new GraphChunks(this.#windows, options)
  }
}
