// Loss and gradients of one window: forward, read-out, and back.

import { backpropagate, type BackpropagateOptions, type BackpropagateResult } from './backpropagate.ts'
import type { LayerBack } from './layer_backward.ts'
import type { Window } from '../engine.ts'
import type { BoundNetwork } from '../network/bound.ts'
import { initialStateGradients, initialStates } from '../network/initial_state.ts'
import type { Network } from '../network/network.ts'
import type { Ops } from '../ops/ops.ts'
import { readout, readoutBackward, type Readout, type ReadoutSteps } from '../network/readout.ts'
import { between, joinRows, stepAt } from '../ops/series.ts'
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

/** Where a window starts: from the network's own initial state, or from that of each layer that is carried. */
export interface WindowStart<X> extends Pick<Window, 'from'> {
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
  bound: BoundNetwork<X>,
  { from, carried }: WindowStart<X>,
  inputs: X,
  conditions: RowConditions<X> = {},
): ForwardPass<X> {
  const { ops, network, parameters } = bound
  const initial = from === 'carried' ? carried : initialStates(ops, network, parameters)
  return { initial, ...unroll(bound, inputs, initial, conditions) }
}

/** The loss of a window's newest `lossSteps` steps (many_to_one: of the last step) after its forward pass. */
export function computeReadout<X>(
  { ops, network, parameters }: BoundNetwork<X>,
  { hs, steps }: Pick<ForwardPass<X>, 'hs' | 'steps'>,
  {
    targets,
    lossSteps,
    divisor,
    answeredBy,
  }: Pick<StepBatch<X>, 'targets' | 'divisor'> & Pick<ReadoutSteps<X>, 'answeredBy'> & { lossSteps: number },
): Readout<X> {
  const H = answeredOutputs(ops, network, { hs, steps }, targetSteps(network, lossSteps))
  return readout(ops, network.readout, parameters, { H, targets, total: divisor, answeredBy })
}

/**
 * What the read-out reads of the newest `answered` steps, [R,H]. Of one step alone a bidirectional network is read where each
 * direction ends: forward at the last step, backward at the first.
 */
export function answeredOutputs<X>(
  ops: Ops<X>,
  { bidirectional }: Pick<Network, 'bidirectional'>,
  { hs, steps }: Pick<ForwardPass<X>, 'hs' | 'steps'>,
  answered: number,
): X {
  if (!bidirectional || answered !== 1) return joinRows(ops, between(ops, hs, steps, { start: steps - answered }))
  const [forwardEnd] = splitHalves(ops, stepAt(ops, hs, steps, steps))
  const [, backwardEnd] = splitHalves(ops, stepAt(ops, hs, steps, 1))
  return ops.concat([forwardEnd, backwardEnd], 1)
}

/** The columns [R,H] of each direction. */
export function splitHalves<X>(ops: Ops<X>, rows: X): readonly [forward: X, backward: X] {
  const H = ops.size(rows, 1) / 2
  return ops.split(rows, [H, H], 1)
}

/** The loss of an evaluation after its forward pass: every class weighs the same, and the outputs are those of a prediction. */
export function evaluateReadout<X>(
  { network, ...bound }: BoundNetwork<X>,
  pass: Pick<ForwardPass<X>, 'hs' | 'steps'>,
  answered: Pick<StepBatch<X>, 'targets' | 'divisor'> & { lossSteps: number },
): Readout<X> {
  const { classWeights: _, ...readoutPlan } = network.readout
  const of = { ...network, readout: readoutPlan }
  return computeReadout({ ...bound, network: of }, pass, { ...answered, answeredBy: network.batchSize })
}

/** How many of a window's newest steps have a loss. */
export function targetSteps(network: Network, lossSteps: number): number {
  return network.mode === 'many_to_one' ? 1 : lossSteps
}

/** A window's forward pass, its loss, and what each step of the top layer's output has of it. */
export interface AnsweredPass<X> extends ForwardPass<X> {
  readonly answer: Readout<X>
  /** ∂L_t/∂h_t of the output of the top layer, [N,H] each. */
  readonly dh: Series<X>
  /** Of the read-out's parameters. */
  readonly readoutGradients: Tensors<X>
}

/** A window forward, as far as the gradients of its read-out. */
export function answerWindow<X>(
  bound: BoundNetwork<X>,
  { lossSteps, ...start }: WindowStart<X> & Pick<Window, 'lossSteps'>,
  batch: StepBatch<X>,
): AnsweredPass<X> {
  const { ops, network, parameters } = bound
  const pass = forward(bound, start, batch.inputs, batch)
  const answer = computeReadout(bound, pass, { ...batch, lossSteps })
  const top = readoutBackward(ops, parameters, answer)
  const dh = outputGradients(ops, network, top.dH, { steps: pass.steps, answered: targetSteps(network, lossSteps) })
  return { ...pass, answer, dh, readoutGradients: top.gradients }
}

/** Loss and gradients of a window, propagated back to its first step, whose state is a constant. */
export function lossGradients<X>(
  bound: BoundNetwork<X>,
  window: WindowStart<X> & Pick<Window, 'lossSteps'>,
  batch: StepBatch<X>,
  options: BackpropagateOptions = {},
): LossGradients<X> {
  const { ops, network } = bound
  const { dh, readoutGradients, ...pass } = answerWindow(bound, window, batch)
  const back: BackpropagateResult<X> = backpropagate(bound, { inputs: batch.inputs, runs: pass.runs, dh }, options)
  const initial = initialStateGradients(
    ops,
    network,
    back.layers.map(({ dInitial }) => dInitial),
    window.from,
  )
  return { ...pass, gradients: { ...back.gradients, ...initial, ...readoutGradients }, layers: back.layers }
}

/** dH [R,H] of `answeredOutputs` as ∂L_t/∂h_t of all steps: zeros where a step has no loss. */
export function outputGradients<X>(
  ops: Ops<X>,
  { bidirectional }: Pick<Network, 'bidirectional'>,
  dH: X,
  { steps: T, answered }: { readonly steps: number; readonly answered: number },
): Series<X> {
  if (answered === T) return { rows: dH }
  const [rows = 0, H = 0] = ops.shape(dH)
  const unread = (width: number): X => ops.zeros([(rows / answered) * (T - answered), width])
  if (!bidirectional) return { rows: ops.concat([unread(H), dH], 0) }
  const [forwardEnd, backwardEnd] = splitHalves(ops, dH)
  const none = unread(H / 2)
  return { rows: ops.concat([ops.concat([none, forwardEnd], 0), ops.concat([backwardEnd, none], 0)], 1) }
}

/** The states of each layer after the first `advance` steps that it takes of a pass. */
export function statesAfter<X>(ops: Ops<X>, { initial, runs }: ForwardPass<X>, advance: number): readonly Tensors<X>[] {
  if (advance === 0) return initial
  return runs.map(({ states, steps, direction }) => {
    const t = direction === 'forward' ? advance : steps + 1 - advance
    return mapTensors(states, (series) => stepAt(ops, series, steps, t))
  })
}
