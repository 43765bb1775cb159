// What passes through a window, of the whole batch or of each shard of it, come to before clipping.

import type { Clipping } from '@unroll/contract'
import type { LayerBack } from './layer_backward.ts'
import { clipPolicy } from '../clip/clip.ts'
import type { ClipTimestep } from '../clip/policy.ts'
import type { Window } from '../engine.ts'
import { pickTrained, type Network } from '../network/network.ts'
import { joinFlow } from '../observe/flow.ts'
import type { Ops } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import type { Tensors } from '../ops/tensors.ts'
import { statesAfter, type LossGradients, type StepBatch } from './gradients.ts'
import { addUp, joinShards, shardGradients, total } from './shards.ts'

/** What one pass through a window, of the whole batch or of a shard of it, adds up. */
export interface PassTotals<X> {
  readonly loss: X
  readonly accuracy?: X
  /** The share clipped at each step, added up over steps and layers; with a policy that acts on timesteps. */
  readonly clipped?: X
  /** Of all parameters, by full name. */
  readonly gradients: Tensors<X>
}

/** What a pass through a window is compiled for. */
export interface PassPlan {
  readonly network: Network
  readonly clipping: Clipping
  /** Also report flow. */
  readonly flow: boolean
  /** Equal parts of the batch that are computed apart; 1 unless given. */
  readonly shards?: number
}

/** A window, forward and back. */
export function passWindow<X>(
  ops: Ops<X>,
  { network, clipping, flow, shards = 1 }: PassPlan,
  state: { readonly parameters: Tensors<X>; readonly carried: readonly Tensors<X>[] },
  { batch, from, lossSteps, advance, compensation }: Window & { readonly batch: StepBatch<X> },
): {
  readonly passes: readonly PassTotals<X>[]
  /** State of each layer that the next window starts from. */
  readonly carried: readonly Tensors<X>[]
  readonly flow?: readonly Tensors<X>[]
} {
  const { parameters } = state
  const passes = shardGradients(
    { ops, network, parameters },
    { from, lossSteps, carried: state.carried },
    { batch, shards, flow, clipTimestep: timestepClip(clipping), compensation },
    (pass) => ({ totals: totalsOfPass(ops, pass), after: statesAfter(ops, pass, advance), layers: pass.layers }),
  )
  return {
    passes: passes.map((pass) => pass.totals),
    carried: joinShards(
      ops,
      passes.map(({ after }) => after),
    ),
    ...(flow && { flow: collectFlow(ops, network, passes) }),
  }
}

/** All passes of a window together: scalars, and the gradients of the parameters that train. */
export interface AddedPasses<X> {
  readonly loss: X
  readonly accuracy?: X
  /** The share that a policy on timesteps has clipped. */
  readonly clippedFraction?: X
  readonly gradients: Tensors<X>
}

/** Adds up the passes through a window of `steps`. */
export function addPasses<X>(
  ops: Ops<X>,
  { network, steps }: { readonly network: Network; readonly steps: number },
  passes: readonly PassTotals<X>[],
): AddedPasses<X> {
  const accuracies = passes.flatMap(({ accuracy }) => accuracy ?? [])
  const shares = passes.flatMap((pass) => pass.clipped ?? [])
  const loss = total(
    ops,
    passes.map((pass) => pass.loss),
  )
  const gradients = addUp(
    ops,
    passes.map((pass) => pickTrained(network, pass.gradients)),
  )
  return {
    loss,
    ...(accuracies.length > 0 && { accuracy: total(ops, accuracies) }),
    ...(shares.length > 0 && {
      clippedFraction: ops.scale(total(ops, shares), 1 / (shares.length * network.layers.length * steps)),
    }),
    gradients,
  }
}

function totalsOfPass<X>(ops: Ops<X>, { answer, gradients, layers }: LossGradients<X>): PassTotals<X> {
  const clipped = clippedSum(ops, layers)
  const { loss, accuracy } = answer
  return { loss, gradients, ...(accuracy !== undefined && { accuracy }), ...(clipped !== undefined && { clipped }) }
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
