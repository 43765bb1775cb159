import type { Ops } from '../ops/ops.ts'
import type { Tensors } from '../ops/tensors.ts'

export interface ClipInput<X> {
  readonly gradients: Tensors<X>
  readonly parameters: Tensors<X>
  /** Norm of each gradient, scalars. */
  readonly norms: Tensors<X>
  /** Norm of all gradients together, scalar. */
  readonly norm: X
  /** What the policy remembers of earlier steps. */
  readonly state: Tensors<X>
}

export interface Clipped<X> {
  readonly gradients: Tensors<X>
  /** What all gradients are still to be multiplied by, if anything: an update does it in the pass that it takes anyway. */
  readonly by?: Shrinking<X>
  /** Norm of all clipped gradients together, scalar. */
  readonly norm: X
  /** The factor of the gradients; norm after / norm before if there are many factors. Scalar. */
  readonly coefficient: X
  /** Share clipped, 0 to 1: of elements, units, tensors or, when all are scaled together, of updates. Scalar. */
  readonly fraction: X
  readonly state: Tensors<X>
}

/** A coefficient from 0 to 1. What it is to scale is multiplied by two factors, as it may itself be too small for float32. */
export interface Shrinking<X> {
  readonly coefficient: X
  readonly factors: readonly [X, X]
}

/** Running gradients of one timestep held within bounds, and the share, 0 to 1, that was out of them, scalar. */
export interface ClippedTimestep<X> {
  readonly d: Tensors<X>
  readonly clipped: X
}

/** Holds the running gradients of a timestep within bounds. */
export type ClipTimestep = <X>(ops: Ops<X>, d: Tensors<X>) => ClippedTimestep<X>

/** A clipping policy, in method form so that a table of them can be read with any settings. */
export interface ClipPolicy<Settings> {
  /** Shapes of its memory of earlier steps, initially zeros. @default no memory */
  state?(settings: Settings): Readonly<Record<string, readonly number[]>>
  /** Acts on the parameter gradients. */
  clip<X>(ops: Ops<X>, settings: Settings, input: ClipInput<X>): Clipped<X>
  /** What acts on dh_t and dc_t, [N,H] each, during the backward pass. */
  clipTimestep?(settings: Settings): ClipTimestep
}

/** What a policy that leaves the parameter gradients alone reports. */
export function unclipped<X>(ops: Ops<X>, { gradients, norm, state }: ClipInput<X>): Clipped<X> {
  return { gradients, norm, coefficient: ops.constant(1), fraction: ops.constant(0), state }
}
