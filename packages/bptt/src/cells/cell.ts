// What a recurrent cell is. Letters: docs/math/notation.md (N batch, H hidden, g gates).
//
// Packed layout: the columns of Wx [X,gH], of the recurrent weights and of b [gH] are blocks of H, one for each gate in
// the cell's order, logistic gates first: one product makes all pre-activations and one sigmoid all logistic gates.
// docs/math/notation.md's own view (Wc [H,X+H], bc, …) is that of exports: packages/exports/src/layouts/canonical.ts.

import type { Random } from '@unroll/random'
import type { Connection } from './connection.ts'
import type { Ops } from '../ops/ops.ts'
import type { Tensors } from '../ops/tensors.ts'

/**
 * A gate or candidate, named by its letter in docs/math/notation.md: weight W{letter} and bias b{letter} are its block.
 * The forget gate is `f` and the update gate `u` in every cell that has them.
 */
export type Gate = string

/** One weight of the recurrence. Its gradient over all steps is one product, of a tensor of each step and da[:, gates]. */
export interface RecurrentWeight<Parameter extends string, Saved extends string> {
  readonly parameter: Parameter
  /** The tensor of each step it multiplies, [N,H]. */
  readonly left: Saved
  /** The gates its columns belong to, in order; neighbours in `Cell.gates`. */
  readonly gates: readonly Gate[]
  /** The tensor of each step, [N,kH], by which its product is multiplied on the way into the gates; as it is unless given. */
  readonly scaledBy?: Saved
  /**
   * How it is multiplied if it is a separate parameter in docs/math/notation.md (P, p, u); otherwise a matrix, the
   * columns of W{gate} after x.
   */
  readonly connection?: Connection
}

/** A bias [kH] of the recurrence's own, added to a product before that is scaled; all others are in b. */
export type RecurrentBias<Parameter extends string, Saved extends string> = Pick<
  RecurrentWeight<Parameter, Saved>,
  'parameter' | 'gates' | 'scaledBy'
>

/** Values that are normalised before their non-linearity, and the vectors that are learned for them: a gain and a bias of each unit. */
export interface Normalised {
  readonly gain: string
  /** `b` for pre-activations: it is added after the normalisation, and to nothing before. */
  readonly bias: string
  /** How many blocks of H columns are normalised in each place of a step, by its name; gain and bias [gH] hold those of all in this order. */
  readonly places: Readonly<Record<string, number>>
}

/** Vectors [H] from which a recurrence without a weight of h_{t-1} is made: what multiplies its states is a function of them. */
export interface Dynamics {
  readonly vectors: readonly string[]
  /** What the steps read beside the parameters, made once for all steps, by names of its own. */
  make<X>(ops: Ops<X>, p: Tensors<X>): Tensors<X>
  /**
   * The gradients of the vectors over all steps.
   *
   * @param p the layer's parameters, and what `make` made of them
   * @param pass what the steps saved, [TN,H] or [TN,kH] each, and da [TN,gH]
   */
  gradients<X>(ops: Ops<X>, p: Tensors<X>, pass: { readonly saved: (name: string) => X; readonly dA: X }): Tensors<X>
  /** The magnitudes [H] of the eigenvalues of the step from one state to the next. */
  magnitudes<X>(ops: Ops<X>, p: Tensors<X>): X
  /** Initial values of the vectors, and of weights with a connection of their own that do not start from 0, by name; each from the stream of its name. */
  draw(H: number, stream: (name: string) => Random): Readonly<Record<string, Float64Array>>
}

/** The result of one forward step: the new state, and the values that the backward step needs. */
export interface Forward<X, State extends string, Saved extends string> {
  readonly state: Readonly<Record<State, X>>
  readonly saved: Readonly<Record<Saved, X>>
}

/** What one step backward makes. */
export interface Backward<X, State extends string> {
  /** Gradient of all pre-activations, [N,gH]. */
  readonly da: X
  /** What is sent back to step t-1, by state name, [N,H] each; `seen` apart from what h passes on otherwise, of which either may be absent. */
  readonly dPrevious: Readonly<Omit<Record<State, X>, 'h'>> & { readonly h?: X; readonly seen?: X }
  /** Total gradient of the loss with respect to each state of step t, [N,H] each, whose norm is the flow. */
  readonly dState: Readonly<Record<State, X>>
  /** Gradient of what is normalised, after it is, by place, [N,kH] each. */
  readonly dNormalised?: Readonly<Record<string, X>>
}

/**
 * A recurrent cell: its equations, one step at a time. The product of the inputs with Wx and all weight gradients are
 * made outside, for all steps at once.
 */
export interface Cell<Parameter extends string = string, State extends string = string, Saved extends string = string> {
  /** Blocks of the packed columns, in order. */
  readonly gates: readonly Gate[]
  /** Names of the states that pass from step to step; `h`, the output, is first. */
  readonly states: readonly State[]
  /** Logistic gates, by the saved tensor [N,kH] that contains their blocks; their saturation is measured. */
  readonly logistic?: readonly { readonly saved: Saved; readonly gates: readonly Gate[] }[]
  readonly recurrent: readonly RecurrentWeight<Parameter, Saved>[]
  readonly recurrentBiases?: readonly RecurrentBias<Parameter, Saved>[]
  readonly dynamics?: Dynamics
  /** States whose gradients side by side make the flow of a name; the flow of each state by itself unless given. */
  readonly flows?: Readonly<Record<string, readonly State[]>>
  /** With layer normalisation. */
  readonly normalised?: readonly Normalised[]
  /**
   * One step forward.
   * @param p The layer's parameters.
   * @param wx Wx x_t + b, [N,gH]; Wx x_t where the cell adds b itself.
   * @param previous The states of step t-1, [N,H] each, and `seen`: what the recurrent weights multiply in place of h_{t-1},
   *   h_{t-1} itself unless recurrent dropout masks it.
   */
  forward<X>(
    ops: Ops<X>,
    p: Readonly<Record<Parameter, X>>,
    wx: X,
    previous: Readonly<Record<State | 'seen', X>>,
  ): Forward<X, State, Saved>
  /**
   * One backward step.
   *
   * @param d The running gradients: dh including this step's loss, and for other states the gradient from step t+1.
   */
  backward<X>(
    ops: Ops<X>,
    p: Readonly<Record<Parameter, X>>,
    saved: Readonly<Record<Saved, X>>,
    d: Readonly<Record<State, X>>,
  ): Backward<X, State>
}

/** The parameters of a layer with what its dynamics make of them: what the steps read. */
export function makeStepParameters<X>(ops: Ops<X>, { dynamics }: Pick<Cell, 'dynamics'>, p: Tensors<X>): Tensors<X> {
  return { ...p, ...dynamics?.make(ops, p) }
}

/** Whether a cell adds b itself, after it has normalised its pre-activations. */
export function addsBias({ normalised = [] }: Pick<Cell, 'normalised'>): boolean {
  return normalised.some(({ bias }) => bias === 'b')
}
