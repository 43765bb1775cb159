// Windows of one chunk on TensorFlow: each call runs one function once.

import {
  updateScalars,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type GradientReport,
  type InspectedStep,
  type SpectrumGradients,
  type ObserveOptions,
  type StepOptions,
  type StepReport,
  type Steps,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import { windowTargets } from '../session/check.ts'
import { placeObserved, reportsFlow, type WindowObservations } from '../session/flow.ts'
import { drawMasks, type DrawnMasks } from '../session/masks.ts'
import type { EngineRun, Flossing, WindowRunner } from '../session/session.ts'
import { isMasked } from '../session/step_mask.ts'
import type { FunctionCache } from './function_cache.ts'
import type { BatchSignature, GivenBatch, GraphPlan } from './functions/builder.ts'
import type { DifferentiateSignature } from './functions/differentiate.ts'
import type { FlossSignature } from './functions/floss.ts'
import type { ObserveSignature } from './functions/observe.ts'
import type { StepSignature } from './functions/step.ts'
import type { UpdateOptions } from './functions/update.ts'

/** The parts of a run that all its windows share. */
export interface GraphWindows {
  readonly functions: FunctionCache
  readonly plan: GraphPlan
  readonly chunking: EngineRun['chunking']
}

export class GraphWholeWindow implements WindowRunner {
  readonly #functions: FunctionCache
  readonly #plan: GraphPlan

  constructor({ functions, plan }: GraphWindows) {
    this.#functions = functions
    this.#plan = plan
  }

  step(batch: Batch, window: Window, options: StepOptions, updates: number): StepReport {
    const { from, lossSteps, advance, compensation } = window
    const flow = reportsFlow(options)
    const step: StepSignature = { kind: 'step', ...describeBatch(batch), from, lossSteps, advance, compensation, flow }
    const observe = describeObserved(batch, window, options)
    if (observe.length > 0) this.#functions.compile([step, ...observe])
    const given = this.#given(batch, lossSteps, updates)
    const observed = this.#observe(observe, given)
    const update = this.#functions.get(step)
    const report = update.run(this.#functions.graph, given, buildUpdateOptions(this.#plan, options, updates))
    return placeObserved(report, observed)
  }

  differentiate(batch: Batch, window: Window, options: ObserveOptions, updates: number): GradientReport {
    const { from, lossSteps, advance, compensation } = window
    const about = { ...describeBatch(batch), from, lossSteps, advance, compensation, flow: reportsFlow(options) }
    const signature: DifferentiateSignature = { kind: 'differentiate', ...about }
    const observe = describeObserved(batch, window, options)
    this.#functions.compile([signature, { kind: 'apply' }, ...observe]) // the update follows in the same graph
    const given = this.#given(batch, lossSteps, updates)
    const observed = this.#observe(observe, given)
    const report = this.#functions.get(signature).run(this.#functions.graph, given)
    return placeObserved(report, observed)
  }

  forward(batch: Batch, { from, advance }: Pick<Window, 'from' | 'advance'>, updates: number): void {
    const forward = this.#functions.get({ kind: 'forward', ...describeBatch(batch), from, advance })
    forward.run(this.#functions.graph, this.#given(batch, 0, updates))
  }

  evaluate(batch: Batch, { from, outputs }: Required<EvaluateOptions>): Evaluation {
    const evaluate = this.#functions.get({ kind: 'evaluate', ...describeBatch(batch), from })
    return evaluate.run(this.#functions.graph, this.#given(batch, batch.steps), outputs)
  }

  truncationBias(
    batch: Batch,
    truncation: { readonly k1: number; readonly k2: number },
    from: Window['from'],
  ): TruncationBias {
    const bias = this.#functions.get({ kind: 'bias', ...describeBatch(batch), truncation, from })
    return bias.run(this.#functions.graph, this.#given(batch, batch.steps))
  }

  inspect(batch: Batch, { from, lossSteps, compensation }: Window, updates: number): InspectedStep {
    const inspect = this.#functions.get({ kind: 'inspect', ...describeBatch(batch), from, lossSteps, compensation })
    return inspect.run(this.#functions.graph, this.#ofAllRows(batch, lossSteps, updates))
  }

  itemise(batch: Batch, { from, lossSteps }: Window, most: number, updates: number): readonly Float32Array[] {
    const itemise = this.#functions.get({ kind: 'itemise', ...describeBatch(batch), from, lossSteps, most })
    return itemise.run(this.#functions.graph, this.#ofAllRows(batch, lossSteps, updates))
  }

  stretch(batch: Batch, { from, lossSteps }: Window, most: number, updates: number): readonly Float32Array[] {
    const stretch = this.#functions.get({ kind: 'stretch', ...describeBatch(batch), from, lossSteps, most })
    return stretch.run(this.#functions.graph, this.#ofAllRows(batch, lossSteps, updates))
  }

  differentiateSpectrum(
    batch: Batch,
    { from, lossSteps }: Window,
    { most, shares }: Flossing,
    updates: number,
  ): SpectrumGradients {
    const floss: FlossSignature = { kind: 'floss', ...describeBatch(batch), from, lossSteps, most }
    const given = this.#ofAllRows(batch, lossSteps, updates)
    return this.#functions.get(floss).run(this.#functions.graph, given, shares)
  }

  #observe([signature]: readonly ObserveSignature[], given: GivenBatch): WindowObservations {
    return signature === undefined ? {} : this.#functions.get(signature).run(this.#functions.graph, given)
  }

  /** A batch with the masks of all its micro-batches. */
  #ofAllRows(batch: Batch, lossSteps: number, updates: number): GivenBatch {
    const { program, network } = this.#plan
    const masks = () => drawMasks({ network, seed: program.seed, updates }, { start: 0, steps: batch.steps })
    return { batch, targets: windowTargets(network, batch, lossSteps), masks }
  }

  #given(batch: Batch, lossSteps: number, updates = 0): GivenBatch {
    const targets = windowTargets(this.#plan.network, batch, lossSteps)
    return { batch, targets, masks: () => drawGraphMasks(this.#plan, updates, { start: 0, steps: batch.steps }) }
  }
}

/** Describes a batch for the signatures of its functions. */
export function describeBatch(batch: Batch): BatchSignature {
  return { steps: batch.steps, masked: isMasked(batch) }
}

/** The function of what is observed before the gradients; none where nothing is. */
function describeObserved(
  batch: Batch,
  { from, lossSteps }: Window,
  { probe = false, saturation = false }: ObserveOptions,
): readonly ObserveSignature[] {
  if (!probe && !saturation) return []
  return [{ kind: 'observe', ...describeBatch(batch), from, lossSteps, observed: { probe, saturation } }]
}

/** Builds the options of the update after `updates` others. */
export function buildUpdateOptions(
  { program }: GraphPlan,
  { learningRate, metrics }: Pick<StepOptions, 'learningRate' | 'metrics'>,
  updates: number,
): UpdateOptions {
  return { scalars: Object.values(updateScalars(program.optimizer, learningRate, updates + 1)), metrics }
}

/** Draws the masks of the update after `updates` others for some of its steps: of the index-th micro-batch. */
export function drawGraphMasks(
  { network, program: { seed }, microBatches: count }: GraphPlan,
  updates: number,
  { index = 0, ...steps }: Steps & { readonly index?: number },
): DrawnMasks {
  return drawMasks({ network, seed, updates, part: { index, count } }, steps)
}
