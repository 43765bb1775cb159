// Loss and gradients of a window that no update follows: what `trainStep` computes before clipping.

import type { Window } from '../engine.ts'
import type { Network } from '../network/network.ts'
import { zeroNonfinite } from '../ops/nonfinite.ts'
import { tensorNorms, totalNorm } from '../ops/norms.ts'
import type { Ops } from '../ops/ops.ts'
import type { Tensors } from '../ops/tensors.ts'
import type { StepBatch } from './gradients.ts'
import { addPasses, passWindow, type AddedPasses, type PassPlan, type PassTotals } from './totals.ts'

/** What a window teaches before clipping. */
export interface WindowGradients<X> extends AddedPasses<X> {
  /** Scalars, by the names of the gradients. */
  readonly norms: Tensors<X>
  /** Norm of all gradients together, scalar. */
  readonly norm: X
  /** State of each layer that the next window starts from. */
  readonly carried: readonly Tensors<X>[]
  /** log₁₀ norms of each layer's states, [T] each. */
  readonly flow?: readonly Tensors<X>[]
}

/** Loss and gradients of a window. */
export function differentiate<X>(
  ops: Ops<X>,
  plan: PassPlan,
  state: { readonly parameters: Tensors<X>; readonly carried: readonly Tensors<X>[] },
  window: Window & { readonly batch: StepBatch<X> },
): WindowGradients<X> {
  const { flow, ...passed } = passWindow(ops, plan, state, window)
  const steps = ops.size(window.batch.inputs, 0)
  return { ...finishGradients(ops, { network: plan.network, steps }, passed), ...(flow && { flow }) }
}

/** What the passes through a window of `steps` come to. */
export function finishGradients<X>(
  ops: Ops<X>,
  plan: { readonly network: Network; readonly steps: number },
  { passes, carried }: { readonly passes: readonly PassTotals<X>[]; readonly carried: readonly Tensors<X>[] },
): WindowGradients<X> {
  const added = addPasses(ops, plan, passes)
  const norms = tensorNorms(ops, added.gradients)
  const kept = carried.map((states) => zeroNonfinite(ops, states)) // Inf would never leave again.
  return { ...added, norms, norm: totalNorm(ops, norms), carried: kept }
}
