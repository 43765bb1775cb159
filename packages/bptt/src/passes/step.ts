// The training step: a pure function of parameters, moments, carried state and a batch. It reads no value, so an
// interpreter may run it, or trace it once and compile it.

import type { Clipping, Optimizer } from '@unroll/contract'
import type { LayerBack } from './layer_backward.ts'
import { clipPolicy } from '../clip/clip.ts'
import type { ClipTimestep } from '../clip/policy.ts'
import type { Window } from '../engine.ts'
import { joinFlow } from '../observe/flow.ts'
import { statesAfter, type LossGradients, type StepBatch } from './gradients.ts'
import { pickTrained, type Network } from '../network/network.ts'
import { areFinite, isFiniteStep, keepUnless, zeroNonfinite } from '../ops/nonfinite.ts'
import { tensorNorms, totalNorm } from '../ops/norms.ts'
import type { Ops } from '../ops/ops.ts'
import { largestNorm, update } from '../optimizers/update.ts'
import { addUp, joinShards, shardGradients, total } from './shards.ts'
import { joinRows } from '../ops/series.ts'
import type { Tensors } from '../ops/tensors.ts'

/** What a step is compiled for. */
export interface StepPlan {
  readonly network: Network
  readonly clipping: Clipping
  readonly optimizer: Optimizer
  /** Also report flow. */
  readonly flow: boolean
  /** Equal parts of the batch that are computed apart; 1 unless given. */
  readonly shards?: number
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
  { network, clipping, optimizer, flow, shards = 1 }: StepPlan,
  state: StepState<X>,
  { batch, scalars, from, lossSteps, advance, compensation }: StepWindow<X>,
): { state: StepState<X>; report: StepReportTensors<X> } {
  const { parameters } = state
  const passes = shardGradients(
    { ops, network, parameters },
    { from, lossSteps, carried: state.carried },
    { batch, shards, flow, clipTimestep: timestepClip(clipping), compensation },
    (pass) => ({ totals: totalsOfPass(ops, pass), after: statesAfter(ops, pass, advance), layers: pass.layers }),
  )
  const totals = passes.map((pass) => pass.totals)
  const carried = joinShards(
    ops,
    passes.map(({ after }) => after),
  )
  const steps = ops.size(batch.inputs, 0)
  const plan = { network, clipping, optimizer, steps }
  const done = finishStep(ops, plan, state, { passes: totals, carried, scalars })
  return { ...done, report: { ...done.report, ...(flow && { flow: collectFlow(ops, network, passes) }) } }
}

function totalsOfPass<X>(ops: Ops<X>, { answer, gradients, layers }: LossGradients<X>): PassTotals<X> {
  const clipped = clippedSum(ops, layers)
  const { loss, accuracy } = answer
  return { loss, gradients, ...(accuracy !== undefined && { accuracy }), ...(clipped !== undefined && { clipped }) }
}

/** What one pass through a window, of the whole batch or of a shard of it, adds up. */
export interface PassTotals<X> {
  readonly loss: X
  readonly accuracy?: X
  /** The share clipped at each step, added up over steps and layers; with a policy that acts on timesteps. */
  readonly clipped?: X
  /** Of all parameters, by full name. */
  readonly gradients: Tensors<X>
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
  const accuracies = passes.flatMap(({ accuracy }) => accuracy ?? [])
  const shares = passes.flatMap((pass) => pass.clipped ?? [])
  const loss = total(
    ops,
    passes.map((pass) => pass.loss),
  )
  const raw = addUp(
    ops,
    passes.map(({ gradients }) => pickTrained(network, gradients)),
  )

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
  const next = update(ops, optimizer, { ...state, parameters }, { gradients: clipped.gradients, scalars, ...applied })
  return {
    state: {
      ...next,
      parameters: { ...state.parameters, ...next.parameters },
      clipping: keepUnless(ops, zeroes ? kept : finite, clipped.state, state.clipping),
      carried: carried.map((states) => zeroNonfinite(ops, states)), // Inf would never leave again,
    },
    report: {
      loss,
      ...(accuracies.length > 0 && { accuracy: total(ops, accuracies) }),
      gradNorm,
      gradNormClipped: clipped.norm,
      clipCoefficient: clipped.coefficient,
      clippedFraction:
        shares.length > 0
          ? ops.scale(total(ops, shares), 1 / (shares.length * network.layers.length * steps))
          : clipped.fraction,
      parameterNorms: rawNorms,
      finite,
      updated: zeroes ? ops.constant(1) : finite,
    },
  }
}

/** What a clipping policy does at each step of the backward pass, if anything. */
export function timestepClip(clipping: Clipping): ClipTimestep | undefined {
  return clipPolicy(clipping).clipTimestep?.(clipping)
}

/** The norms of each layer, over all shards of the batch. */
function collectFlow<X>(
  ops: Ops<X>,
  { layers }: Network,
  passes: readonly Pick<LossGradients<X>, 'layers'>[],
): readonly Tensors<X>[] {
  return layers.map((_, layer) =>
    joinFlow(
      ops,
      passes.map((pass) => pass.layers[layer]?.flow ?? {}),
    ),
  )
}

/** The share clipped at each step, added up over layers and steps, scalar; with a policy that acts on timesteps. */
export function clippedSum<X>(ops: Ops<X>, layers: readonly LayerBack<X>[]): X | undefined {
  const shares = layers.flatMap(({ clipped }) => (clipped === undefined ? [] : [joinRows(ops, clipped)]))
  return shares.length === 0 ? undefined : ops.sum(ops.concat(shares, 0))
}
