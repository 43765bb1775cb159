// Loss and gradients of one window: forward, read-out, and back.

import { backpropagate, type BackpropagateOptions, type BackpropagateResult, type LayerBack } from './backpropagate.ts'
import type { Window } from '../engine.ts'
import { initialStateGradients, initialStates } from '../network/initial_state.ts'
import type { Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { readout, readoutBackward, type Readout } from '../network/readout.ts'
import { between, rowsOf, stepAt } from '../ops/series.ts'
import type { Series } from '../ops/ops.ts'
import { mapTensors, type Tensors } from '../ops/tensors.ts'
import { unroll, type RowConditions, type Unrolled } from './unroll.ts'

export interface StepBatch<X> extends RowConditions<X> {
  /** Vectors [T,N,X] or ids [T,N]. */
  readonly inputs: X
  /** Targets of the steps that have a loss, oldest first: [R] ids for softmax, else [R,K]. */
  readonly targets: X
  /** How many targets the loss is averaged over; those of this batch unless given. */
  readonly divisor?: X | undefined
}

/** Parameters by full name and the state of each layer that a `carried` window starts from. */
export interface ModelState<X> {
  readonly parameters: Tensors<X>
  readonly carried: readonly Tensors<X>[]
}

export interface ForwardPass<X> extends Unrolled<X> {
  /** The state of each layer before the first step. */
  readonly initial: readonly Tensors<X>[]
}

export interface LossGradients<X> extends ForwardPass<X> {
  readonly answer: Readout<X>
  /** Of all parameters, by full name. */
  readonly gradients: Tensors<X>
  readonly layers: readonly LayerBack<X>[]
}

/** The forward pass of a window. */
export function forward<X>(
  ops: Ops<X>,
  network: Network,
  { parameters, carried }: ModelState<X>,
  inputs: X,
  from: Window['from'],
  conditions: RowConditions<X> = {},
): ForwardPass<X> {
  const initial = from === 'carried' ? carried : initialStates(ops, network, parameters)
  return { initial, ...unroll(ops, network, parameters, inputs, initial, conditions) }
}

/** The loss of a window's newest `lossSteps` steps (many_to_one: of the last step) after its forward pass. */
export function computeReadout<X>(
  ops: Ops<X>,
  network: Network,
  parameters: Tensors<X>,
  { hs, steps }: Pick<ForwardPass<X>, 'hs' | 'steps'>,
  { targets, lossSteps, divisor }: Pick<StepBatch<X>, 'targets' | 'divisor'> & { lossSteps: number },
): Readout<X> {
  const answered = between(ops, hs, steps, { start: steps - targetSteps(network, lossSteps) })
  return readout(ops, network.readout, parameters, rowsOf(ops, answered), targets, divisor)
}

/** How many of a window's newest steps have a loss. */
export function targetSteps(network: Network, lossSteps: number): number {
  return network.mode === 'many_to_one' ? 1 : lossSteps
}

/** Loss and gradients of a window, propagated back to its first step, whose state is a constant. */
export function lossGradients<X>(
  ops: Ops<X>,
  network: Network,
  state: ModelState<X>,
  batch: StepBatch<X>,
  { from, lossSteps }: Pick<Window, 'from' | 'lossSteps'>,
  options: BackpropagateOptions,
): LossGradients<X> {
  const { parameters } = state
  const pass = forward(ops, network, state, batch.inputs, from, batch)
  const answer = computeReadout(ops, network, parameters, pass, { ...batch, lossSteps })
  const top = readoutBackward(ops, parameters, answer)
  const dh = outputGradients(ops, top.dH, pass.steps, targetSteps(network, lossSteps))
  const back: BackpropagateResult<X> = backpropagate(ops, network, parameters, batch.inputs, pass.runs, dh, options)
  const initial = initialStateGradients(
    ops,
    network,
    back.layers.map(({ dInitial }) => dInitial),
    from,
  )
  return { ...pass, answer, gradients: { ...back.gradients, ...initial, ...top.gradients }, layers: back.layers }
}

/** dH [R,H] of the newest `answered` of T steps as ∂L_t/∂h_t of all of them: zeros before. */
export function outputGradients<X>(ops: Ops<X>, dH: X, T: number, answered: number): Series<X> {
  if (answered === T) return { rows: dH }
  const [rows = 0, H = 0] = ops.shape(dH)
  return { rows: ops.concat([ops.zeros([(rows / answered) * (T - answered), H]), dH], 0) }
}

/** The states of each layer after `advance` steps of a pass. */
export function statesAfter<X>(ops: Ops<X>, { initial, runs }: ForwardPass<X>, advance: number): readonly Tensors<X>[] {
  if (advance === 0) return initial
  return runs.map(({ states, steps }) => mapTensors(states, (series) => stepAt(ops, series, steps, advance)))
}
