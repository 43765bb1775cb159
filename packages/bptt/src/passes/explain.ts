// What an answer rests on: y = Σ w_tk o_tk of the outputs of a window, back to the input of each step.

import type { BoundNetwork } from '../network/bound.ts'
import { inputGradient } from '../network/input.ts'
import { gateValues } from '../observe/saturation.ts'
import { named, under, type Tensors } from '../ops/tensors.ts'
import { backpropagate } from './backpropagate.ts'
import { outputGradients, targetSteps } from './gradients.ts'
import { flattenLayers } from './chunk_pass.ts'
import { unroll, type RowConditions } from './unroll.ts'

export interface Explanation<X> {
  /** ∂y/∂x_t, [TN,X], of what the lowest layer multiplies by Wx: vectors, one-hot symbols, or embedded ones. */
  readonly gradients: X
  /** Logistic gates of each layer, [TN,H] each, as `0.f`. */
  readonly gates: Tensors<X>
}

/**
 * The gradient of a weighted sum of outputs, and the gates on the way.
 *
 * @param weights w, in the shape of the outputs: [TN,K], or [N,K] of many_to_one.
 * @param before The states of each layer before the first step, [N,H] each.
 */
export function explainRows<X>(
  bound: BoundNetwork<X>,
  { inputs, mask, weights }: { readonly inputs: X; readonly weights: X } & Pick<RowConditions<X>, 'mask'>,
  before: readonly Tensors<X>[],
): Explanation<X> {
  const { ops, network, parameters } = bound
  const { runs, steps } = unroll(bound, inputs, before, { mask })
  const dH = ops.matMul(weights, named(parameters, 'readout.Wo'), { transposeB: true })
  const dh = outputGradients(ops, dH, steps, targetSteps(network, steps))
  const { layers } = backpropagate(bound, { inputs, runs, dh })
  const gates = runs.map((run) => Object.fromEntries(gateValues(ops, network.cell, run)))
  return {
    gradients: inputGradient(ops, under(parameters, 'layers.0.'), layers[0]!.dA),
    gates: flattenLayers(gates),
  }
}
