// Windows of many chunks on TensorFlow.

import {
  readProbe,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type Flow,
  type GradientReport,
  type ObserveOptions,
  type StepOptions,
  type StepReport,
  type Window,
} from '@unroll/bptt'
import { placeObserved, reportsFlow, type WindowObservations } from '../session/flow.ts'
import { MicroBatches, cutWindow } from '../session/micro_batches.ts'
import type { WindowRunner } from '../session/session.ts'
import { GraphChunks, type PassOptions } from './chunks.ts'
import type { EndsFunction, EndsSignature } from './functions/ends.ts'
import type { Signature } from './functions/functions.ts'
import { freeSharded, type Sharded } from './functions/sharded.ts'
import type { LoadedGraph, TensorId } from './graph/runtime.ts'
import { buildUpdateOptions, type GraphWindows } from './whole_window.ts'

/** A window before its first chunk, with its functions compiled. */
interface Begun {
  readonly graph: LoadedGraph
  readonly ends: EndsFunction
  /** The states before the first step, of the shards of each micro-batch. */
  readonly initial: readonly Handed[]
}

/** States or sums of the shards of a micro-batch. */
type Handed = Sharded<TensorId>
type Chunked = MicroBatches<Handed, Handed, GraphChunks>

export class GraphChunkedWindow implements WindowRunner {
  readonly #windows: GraphWindows

  constructor(windows: GraphWindows) {
    this.#windows = windows
  }

  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport {
    const { plan } = this.#windows
    const flow = reportsFlow(options)
    const chunks = this.#chunks({ batch, window, flow, dropsUnitsOf: updates })
    const observing = this.#observing(batch, options, updates)
    const begun = { steps: batch.steps, from: window.from, evaluates: false }
    const { graph, ends, initial } = this.#begin(begun, [chunks, ...observing])
    const close = (sums: Handed): Handed => ends.close(graph, sums)
    const observed = this.#observe(observing, initial, { ...options, steps: batch.steps })
    const { sums, carried } = chunks.back(initial, plan.program.segmentSteps, close)
    const update = { sums, carried: carried.flat() }
    const report = ends.update(graph, update, buildUpdateOptions(plan, options, updates))
    freeSharded(graph, sums, ...initial, ...carried)
    return placeObserved(report, observed, flow ? chunks.flow : undefined)
  }

  differentiate(batch: Batch, window: Window, options: ObserveOptions, updates: number): GradientReport {
    const { plan } = this.#windows
    const flow = reportsFlow(options)
    const chunks = this.#chunks({ batch, window, flow, dropsUnitsOf: updates })
    const begun = { steps: batch.steps, from: window.from, evaluates: false, differentiates: true }
    const observing = this.#observing(batch, options, updates)
    const { graph, ends, initial } = this.#begin(begun, [chunks, ...observing], [{ kind: 'apply' }])
    const close = (sums: Handed): Handed => ends.close(graph, sums)
    const observed = this.#observe(observing, initial, { ...options, steps: batch.steps })
    const { sums, carried } = chunks.back(initial, plan.program.segmentSteps, close)
    const report = ends.differentiate(graph, { sums, carried: carried.flat() })
    freeSharded(graph, sums, ...initial, ...carried)
    return placeObserved(report, observed, flow ? chunks.flow : undefined)
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>, updates: number): void {
    const chunks = this.#chunks({ batch, window: { lossSteps: 1, advance }, dropsUnitsOf: updates })
    const { graph, ends, initial } = this.#begin({ steps: batch.steps, from, evaluates: false }, [chunks])
    const carried = chunks.carried(initial)
    ends.move(graph, carried.flat())
    freeSharded(graph, ...initial, ...carried)
  }

  evaluate(batch: Batch, { from, outputs }: Required<EvaluateOptions>): Evaluation {
    const { steps } = batch
    const chunks = this.#chunks({ batch, window: { lossSteps: steps, advance: steps } })
    const { graph, ends, initial } = this.#begin({ steps, from, evaluates: true }, [chunks])
    const { evaluation, after } = chunks.evaluate(initial, outputs)
    ends.move(graph, after.flat())
    freeSharded(graph, ...initial, ...after)
    return evaluation
  }

  /** Compiles all functions of a window at once and computes its initial states. */
  #begin(window: Omit<EndsSignature, 'kind'>, passes: readonly Chunked[], beside: readonly Signature[] = []): Begun {
    const { functions, plan } = this.#windows
    const signature: EndsSignature = { kind: 'ends', ...window }
    functions.compile([
      signature,
      ...beside,
      ...passes.flatMap(({ parts }) => parts.flatMap(({ signatures }) => signatures)),
    ])
    const { graph } = functions
    const ends = functions.get(signature)
    const states = ends.initial(graph)
    const initial = Array.from({ length: plan.microBatches }, (_, index) =>
      states.slice(index * plan.shards, (index + 1) * plan.shards),
    )
    return { graph, ends, initial }
  }

  /** Prepares the pass that observes the network before it learns, if anything is observed: the loss of the last step alone, nothing clipped. */
  #observing(
    batch: Batch,
    { probe = false, saturation = false }: ObserveOptions,
    updates: number,
  ): readonly [] | readonly [Chunked] {
    if (!probe && !saturation) return []
    const window = { lossSteps: 1, advance: batch.steps }
    return [this.#chunks({ batch, window, flow: true, observed: { probe, saturation }, dropsUnitsOf: updates })]
  }

  #observe(
    [observing]: readonly [] | readonly [Chunked],
    initial: readonly Handed[],
    { probe = false, saturation = false, steps }: ObserveOptions & { readonly steps: number },
  ): WindowObservations {
    if (observing === undefined) return {}
    return {
      ...(probe && { probe: this.#probe(observing, initial, steps) }),
      ...(saturation && { saturation: { ...observing.saturation(initial), ...observing.parts[0]!.radii() } }),
    }
  }

  #probe(observing: Chunked, initial: readonly Handed[], steps: number): NonNullable<Flow['probe']> {
    const { functions, plan } = this.#windows
    const { graph } = functions
    const { sums, carried } = observing.back(initial, plan.program.segmentSteps, (done) => {
      freeSharded(graph, done)
      return undefined
    })
    freeSharded(graph, sums, ...carried)
    return readProbe(
      plan.network,
      observing.parts.map(({ flow }) => flow),
      steps,
    )
  }

  #chunks(options: PassOptions): Chunked {
    const { plan, chunking } = this.#windows
    const { network, microBatches } = plan
    const windows = cutWindow({ network, chunking, ...options }, microBatches)
    const parts = windows.map((window, index) => new GraphChunks(this.#windows, { ...window, index }, options))
    return new MicroBatches(network, parts)
  }
}
