// The training step: a pure function of parameters, moments, carried state and a batch. It reads no value, so an
// interpreter may run it, or trace it once and compile it.

import type { Optimizer } from '@unroll/contract'
import { clipPolicy } from '../clip/clip.ts'
import type { Window } from '../engine.ts'
import type { StepBatch } from './gradients.ts'
import { pickTrained } from '../network/network.ts'
import { areFinite, isFiniteStep, keepUnless, zeroNonfinite } from '../ops/nonfinite.ts'
import { tensorNorms, totalNorm } from '../ops/norms.ts'
import type { Ops } from '../ops/ops.ts'
import { largestNorm, update } from '../optimizers/update.ts'
import { addPasses, passWindow, type PassPlan, type PassTotals } from './totals.ts'
import type { Tensors } from '../ops/tensors.ts'

/** What a step is compiled for. */
export interface StepPlan extends PassPlan {
  readonly optimizer: Optimizer
}

/** What a run remembers from step to step. */
export interface StepState<X> {
  readonly parameters: Tensors<X>
  readonly moments: Tensors<X>
  /** Averages of the parameters by the same names; empty where none is kept. */
  readonly averages: Tensors<X>
  readonly clipping: Tensors<X>
  /** State of each layer that the next window starts from. */
  readonly carried: readonly Tensors<X>[]
}

/** Scalars but for the flow. */
export interface StepReportTensors<X> {
  readonly loss: X
  readonly accuracy?: X
  readonly gradNorm: X
  readonly gradNormClipped: X
  readonly clipCoefficient: X
  readonly clippedFraction: X
  readonly parameterNorms: Tensors<X>
  /** 1 if loss, gradient and what the update makes of it are finite. */
  readonly finite: X
  /** 1 if the update was applied. */
  readonly updated: X
  /** log₁₀ norms of each layer's states, [T] each. */
  readonly flow?: readonly Tensors<X>[]
}

/** What an update learns from. */
export interface StepWindow<X> extends Window {
  readonly batch: StepBatch<X>
  /** The optimizer's, from updateScalars. */
  readonly scalars: Tensors<X>
}

/** One update. */
export function trainStep<X>(
  ops: Ops<X>,
  plan: StepPlan,
  state: StepState<X>,
  window: StepWindow<X>,
): { state: StepState<X>; report: StepReportTensors<X> } {
  const { passes, carried, flow } = passWindow(ops, plan, state, window)
  const { network, clipping, optimizer } = plan
  const steps = ops.size(window.batch.inputs, 0)
  const finishing = { network, clipping, optimizer, steps }
  const done = finishStep(ops, finishing, state, { passes, carried, scalars: window.scalars })
  return { ...done, report: { ...done.report, ...(flow && { flow }) } }
}

/** What passes through a window, of the whole batch or of each shard, have come to. */
export interface FinishedPasses<X> {
  readonly passes: readonly PassTotals<X>[]
  /** State of each layer that the next window starts from. */
  readonly carried: readonly Tensors<X>[]
  /** The optimizer's, from updateScalars. */
  readonly scalars: Tensors<X>
}

/** The end of a step: clipping and update, once every pass is back at the first of its `steps`. */
export function finishStep<X>(
  ops: Ops<X>,
  { network, clipping, optimizer, steps }: Omit<StepPlan, 'flow' | 'shards'> & { readonly steps: number },
  state: StepState<X>,
  { passes, carried, scalars }: FinishedPasses<X>,
): { state: StepState<X>; report: StepReportTensors<X> } {
  const parameters = pickTrained(network, state.parameters)
  const policy = clipPolicy(clipping)
  const { loss, accuracy, clippedFraction, gradients: raw } = addPasses(ops, { network, steps }, passes)

  const zeroes = clipping.nonfinite === 'zero'
  const rawNorms = tensorNorms(ops, raw)
  const gradNorm = totalNorm(ops, rawNorms)
  const gradients = zeroes ? zeroNonfinite(ops, raw) : raw
  const norms = gradients === raw ? rawNorms : tensorNorms(ops, gradients)
  const norm = gradients === raw ? gradNorm : totalNorm(ops, norms)
  const clipped = policy.clip(ops, clipping, { gradients, parameters, norms, norm, state: state.clipping })

  const largest = largestNorm(optimizer)
  const kept = areFinite(ops, clipped.state)
  const finite = isFiniteStep(ops, { loss, gradNorm, clippedNorm: clipped.norm, kept }, largest)
  const applied = zeroes ? { largest } : { may: finite }
  const next = update(ops, optimizer, { ...state, parameters }, { ...clipped, scalars, ...applied })
  return {
    state: {
      ...next,
      parameters: { ...state.parameters, ...next.parameters },
      clipping: keepUnless(ops, zeroes ? kept : finite, clipped.state, state.clipping),
      carried: carried.map((states) => zeroNonfinite(ops, states)), // Inf would never leave again,
    },
    report: {
      loss,
      ...(accuracy !== undefined && { accuracy }),
      gradNorm,
      gradNormClipped: clipped.norm,
      clipCoefficient: clipped.coefficient,
      clippedFraction: clippedFraction ?? clipped.fraction,
      parameterNorms: rawNorms,
      finite,
      updated: zeroes ? ops.constant(1) : finite,
    },
  }
}
