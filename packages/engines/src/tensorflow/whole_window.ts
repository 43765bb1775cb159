// Windows of one chunk on TensorFlow: each call runs one function once.

import {
  updateScalars,
  type Batch,
  type EvaluateOptions,
  type Evaluation,
  type GradientReport,
  type InspectedStep,
  type StepOptions,
  type StepReport,
  type Steps,
  type TruncationBias,
  type Window,
} from '@unroll/bptt'
import { windowTargets } from '../session/check.ts'
import { drawMasks, type DrawnMasks } from '../session/masks.ts'
import type { EngineRun, WindowRunner } from '../session/session.ts'
import { isMasked } from '../session/step_mask.ts'
import type { FunctionCache } from './function_cache.ts'
import type { BatchSignature, GivenBatch, GraphPlan } from './functions/builder.ts'
import type { DifferentiateSignature } from './functions/differentiate.ts'
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
    const { probe = false, saturation = false } = options
    const flow = options.flow || probe
    const step: StepSignature = { kind: 'step', ...describeBatch(batch), from, lossSteps, advance, compensation, flow }
    const observed = { probe, saturation }
    const observe: ObserveSignature = { kind: 'observe', ...describeBatch(batch), from, lossSteps, observed }
    const observes = probe || saturation
    if (observes) this.#functions.compile([step, observe])
    const update = this.#functions.get(step)
    const { graph } = this.#functions
    const given = this.#given(batch, lossSteps, updates)
    const { probe: probed, ...others } = observes ? this.#functions.get(observe).run(graph, given) : {}
    const report = update.run(graph, given, buildUpdateOptions(this.#plan, options, updates))
    return {
      ...report,
      ...(report.flow && probed && { flow: { ...report.flow, probe: probed } }),
      ...others,
    }
  }

  differentiate(batch: Batch, window: Window, { flow }: Pick<StepOptions, 'flow'>, updates: number): GradientReport {
    const { from, lossSteps, advance, compensation } = window
    const about = { ...describeBatch(batch), from, lossSteps, advance, compensation, flow }
    const signature: DifferentiateSignature = { kind: 'differentiate', ...about }
    this.#functions.compile([signature, { kind: 'apply' }]) // the update follows in the same graph
    const differentiate = this.#functions.get(signature)
    return differentiate.run(this.#functions.graph, this.#given(batch, lossSteps, updates))
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
