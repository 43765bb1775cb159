// Windows of many chunks on an eager interpreter.

import {
  closeSums,
  cutStates,
  finishGradients,
  finishStep,
  joinShards,
  mapTensors,
  readProbe,
  spectralRadii,
  timestepClip,
  computeTotals,
  type BackpropagateOptions,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type GradientReport,
  type ObserveOptions,
  type StepOptions,
  type StepReport,
  type Tensors,
  type Window,
} from '@unroll/bptt'
import { placeObserved, reportsFlow, type WindowObservations } from '../session/flow.ts'
import type { MaskedUpdate } from '../session/masks.ts'
import type { WindowRunner } from '../session/session.ts'
import { MicroBatches, cutWindow } from '../session/micro_batches.ts'
import { EagerChunks } from './chunks.ts'
import { readGradients, readNumber, readReport } from './report.ts'
import type { EagerState } from './state.ts'

type States<X> = readonly Tensors<X>[]

/** The options of a pass through the chunks of a window. */
interface Pass<X> {
  readonly window: Pick<Window, 'lossSteps' | 'advance' | 'compensation'>
  /** What masks are drawn of; none in an evaluation. */
  readonly masked?: MaskedUpdate
  /** Those that train unless given. */
  readonly parameters?: Tensors<X>
  readonly options?: BackpropagateOptions
  /** Whether the way back is that of the probe. */
  readonly probes?: boolean
}

export class EagerChunkedWindow<X> implements WindowRunner {
  readonly #state: EagerState<X>

  constructor(state: EagerState<X>) {
    this.#state = state
  }

  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport {
    const { interpreter, network, program, training } = this.#state
    const { ops } = interpreter
    const { clipping, optimizer, segmentSteps } = program
    const flow = reportsFlow(options)
    const masked = this.#state.masked(updates)
    const { state, report } = ops.scope(() => {
      const initial = this.#initial(window.from)
      const observed = this.#observe(batch, { initial, masked }, options)
      const chunks = this.#chunks(batch, { window, masked, options: { flow, clipTimestep: timestepClip(clipping) } })
      const close = (sums: Tensors<X>): Tensors<X> => ({ ...sums, ...closeSums(ops, network, sums, window.from) })
      const { sums, carried } = chunks.back(initial, segmentSteps, close)
      const plan = { network, clipping, optimizer, steps: batch.steps * chunks.parts.length }
      const totals = computeTotals(ops, network, sums, window.from)
      const scalars = this.#state.scalars(options.learningRate, updates)
      const step = finishStep(ops, plan, training, { passes: [totals], carried: joinShards(ops, carried), scalars })
      const read = readReport(interpreter, step.report, { ...options, network })
      return { state: step.state, report: placeObserved(read, observed, flow ? chunks.flow : undefined) }
    })
    this.#state.replaceTraining(state)
    return report
  }

  differentiate(batch: Batch, window: Window, options: ObserveOptions, updates: number): GradientReport {
    const { interpreter, network, program, training } = this.#state
    const { ops } = interpreter
    const flow = reportsFlow(options)
    const masked = this.#state.masked(updates)
    const { report, carried } = ops.scope(() => {
      const initial = this.#initial(window.from)
      const observed = this.#observe(batch, { initial, masked }, options)
      const passing = { flow, clipTimestep: timestepClip(program.clipping) }
      const chunks = this.#chunks(batch, { window, masked, options: passing })
      const close = (sums: Tensors<X>): Tensors<X> => ({ ...sums, ...closeSums(ops, network, sums, window.from) })
      const passed = chunks.back(initial, program.segmentSteps, close)
      const passes = [computeTotals(ops, network, passed.sums, window.from)]
      const plan = { network, steps: batch.steps * chunks.parts.length }
      const found = finishGradients(ops, plan, { passes, carried: joinShards(ops, passed.carried) })
      const read = readGradients(interpreter, found, network)
      return { report: placeObserved(read, observed, flow ? chunks.flow : undefined), carried: found.carried }
    })
    this.#state.replaceTraining({ ...training, carried })
    return report
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>, updates: number): void {
    const masked = this.#state.masked(updates)
    const { ops } = this.#state.interpreter
    const carried = ops.scope(() => {
      const chunks = this.#chunks(batch, { window: { lossSteps: 1, advance }, masked })
      return joinShards(ops, chunks.carried(this.#initial(from)))
    })
    this.#state.replaceTraining({ ...this.#state.training, carried })
  }

  evaluate(batch: Batch, { from, outputs }: Required<EvaluateOptions>): Evaluation {
    const window = { lossSteps: batch.steps, advance: batch.steps }
    const { ops } = this.#state.interpreter
    const { evaluation, after } = ops.scope(() => {
      const { answering: parameters, evaluated: before } = this.#state
      const initial = this.#cut(this.#state.initial(from, before, parameters))
      const evaluated = this.#chunks(batch, { window, parameters }).evaluate(initial, outputs)
      return { ...evaluated, after: joinShards(ops, evaluated.after) }
    })
    this.#state.replaceEvaluated(after)
    return evaluation
  }

  /** Computes probe flow and saturation before the step. */
  #observe(
    batch: Batch,
    { initial, masked }: { readonly initial: readonly States<X>[]; readonly masked: MaskedUpdate },
    { probe = false, saturation = false }: ObserveOptions,
  ): WindowObservations {
    const { interpreter, network, program, training } = this.#state
    const { ops } = interpreter
    const chunks = this.#chunks(batch, { window: { lossSteps: 1, advance: 0 }, masked, probes: true })
    if (probe) ops.scope(() => void chunks.back(initial, program.segmentSteps, () => undefined))
    const radii = saturation ? spectralRadii(ops, network, training.parameters) : {}
    const means = saturation ? chunks.saturation(initial) : {}
    return {
      ...(probe && {
        probe: readProbe(
          network,
          chunks.parts.map(({ flow }) => flow),
          batch.steps,
        ),
      }),
      ...(saturation && {
        saturation: { ...means, ...mapTensors(radii, (radius) => readNumber(interpreter, radius)) },
      }),
    }
  }

  #initial(from: Window['from']): readonly States<X>[] {
    const { carried, parameters } = this.#state.training
    return this.#cut(this.#state.initial(from, carried, parameters))
  }

  #chunks(
    batch: Batch,
    { window, masked, options, probes = false, parameters = this.#state.training.parameters }: Pass<X>,
  ): MicroBatches<States<X>, Tensors<X>, EagerChunks<X>> {
    const { interpreter, network } = this.#state
    const chunking = { rows: network.batchSize / this.#count }
    const parts = cutWindow({ network, batch, window, chunking }, this.#count).map((part, index) => {
      const own = masked && { ...masked, part: { index, count: this.#count } }
      return new EagerChunks({ ...part, interpreter, parameters, masked: own, probes, ...(options && { options }) })
    })
    return new MicroBatches(network, parts)
  }

  /** States of the batch as those of each micro-batch. */
  #cut(states: States<X>): readonly States<X>[] {
    if (this.#count === 1) return [states]
    const { ops } = this.#state.interpreter
    const layers = states.map((layer) => cutStates(ops, layer, this.#count))
    return Array.from({ length: this.#count }, (_, index) => layers.map((parts) => parts[index]!))
  }

  get #count(): number {
    return this.#state.program.microBatches ?? 1
  }
}
