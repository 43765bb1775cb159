// What an answer rests on: y = Σ w_tk o_tk of the outputs of a window, or its loss, back to the input of each step.

import type { BoundNetwork } from '../network/bound.ts'
import type { Network } from '../network/network.ts'
import { answerRows, readoutBackward } from '../network/readout.ts'
import { gateValues } from '../observe/saturation.ts'
import type { Ops, SeriesByName } from '../ops/ops.ts'
import { joinRows, stepAt } from '../ops/series.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'
import { backpropagate, levelInputGradient } from './backpropagate.ts'
import { flattenLayers } from './chunk_pass.ts'
import { evaluateReadout, outputGradients, splitHalves, targetSteps } from './gradients.ts'
import { unroll, type RowConditions, type Unrolled } from './unroll.ts'

/** The y that is explained. */
export type Explained<X> =
  /** w, in the shape of the outputs: [TN,K], or [N,K] of many_to_one. */
  | { readonly weights: X }
  /** Of the loss of an evaluation: targets as there. */
  | { readonly targets: X }

export interface Explanation<X> {
  /** ∂y/∂x_t, [TN,X], of what the lowest layer multiplies by Wx: vectors, one-hot symbols, or embedded ones. */
  readonly gradients: X
  /** Logistic gates of each layer, [TN,H] each, as `0.f`. */
  readonly gates: Tensors<X>
  readonly trace?: Trace<X>
}

/** What went through a network on the way to an answer and back. */
export interface Trace<X> {
  /** y, where it is a loss, scalar. */
  readonly loss?: X
  /** Of the read-out, before its nonlinearity, after every step, [TN,K]: of a bidirectional many_to_one as the forward direction reads on, with all that the backward one has read. */
  readonly outputs: X
  /** States of each layer, [TN,H] each, as `0.h`. */
  readonly states: Tensors<X>
  /** ∂y/∂s_t of each state s, by the same names, [TN,H] each. */
  readonly stateGradients: Tensors<X>
}

interface ExplainOptions<X> extends Pick<RowConditions<X>, 'mask'> {
  readonly inputs: X
  readonly of: Explained<X>
  /** Also gives every state and its gradient. */
  readonly traced: boolean
}

/**
 * The gradient of a weighted sum of outputs, or of their loss, and the gates on the way. Outputs and states have the bits of
 * `predictRows`.
 *
 * @param before The states of each layer before the first step, [N,H] each.
 */
export function explainRows<X>(
  bound: BoundNetwork<X>,
  { inputs, mask, of, traced }: ExplainOptions<X>,
  before: readonly Tensors<X>[],
): Explanation<X> {
  const { ops, network, parameters } = bound
  const pass = unroll(bound, inputs, before, { mask, answers: true })
  const { runs, steps } = pass
  const { loss, dH } = explained(bound, pass, of)
  const dh = outputGradients(ops, network, dH, { steps, answered: targetSteps(network, steps) })
  const { layers } = backpropagate(bound, { inputs, runs, dh }, { states: traced })
  const gates = runs.map((run) => Object.fromEntries(gateValues(ops, network.cell, run)))
  return {
    gradients: levelInputGradient(bound, 0, (row) => layers[row]!.dA),
    gates: flattenLayers(gates),
    ...(traced && {
      trace: {
        ...(loss && { loss }),
        outputs: answerRows(ops, parameters, { H: readAtEachStep(ops, network, pass), N: network.batchSize }),
        states: flattenLayers(runs.map(({ states }) => joinSeries(ops, states))),
        stateGradients: flattenLayers(layers.map(({ dStates }) => joinSeries(ops, dStates))),
      },
    }),
  }
}

/** What the read-out reads after every step, [TN,H]. */
function readAtEachStep<X>(ops: Ops<X>, { bidirectional, mode }: Network, { hs, steps }: Unrolled<X>): X {
  const rows = joinRows(ops, hs)
  if (!bidirectional || mode === 'many_to_many') return rows
  const [forwards] = splitHalves(ops, rows) // [TN,H]
  const [, backwardEnd] = splitHalves(ops, stepAt(ops, hs, steps, 1)) // [N,H]
  const [N, H] = [ops.size(backwardEnd, 0), ops.size(backwardEnd, 1)]
  const repeated = ops.add(ops.zeros([steps, N * H]), ops.reshape(backwardEnd, [1, N * H]))
  return ops.concat([forwards, ops.reshape(repeated, [steps * N, H])], 1)
}

/** ∂y/∂H [R,H] of the steps that are answered. */
function explained<X>(
  bound: BoundNetwork<X>,
  pass: Unrolled<X>,
  of: Explained<X>,
): { readonly loss?: X; readonly dH: X } {
  const { ops, parameters } = bound
  if ('weights' in of) return { dH: ops.matMul(of.weights, named(parameters, 'readout.Wo'), { transposeB: true }) }
  const answer = evaluateReadout(bound, pass, { targets: of.targets, lossSteps: pass.steps })
  return { loss: answer.loss, dH: readoutBackward(ops, parameters, answer).dH }
}

function joinSeries<X>(ops: Ops<X>, all: SeriesByName<X>): Tensors<X> {
  return mapTensors(all, (series) => joinRows(ops, series))
}
