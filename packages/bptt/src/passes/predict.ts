// The forward pass of a trained network alone, of rows that each go on from a state of their own.

import type { BoundNetwork } from '../network/bound.ts'
import { answerRows } from '../network/readout.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import { answeredOutputs, targetSteps } from './gradients.ts'
import { unrollOutputs, unrollStates, type RowConditions } from './unroll.ts'

export interface Prediction<X> {
  /** Of the read-out, before its nonlinearity: [TN,K], or [N,K] of many_to_one. */
  readonly outputs: X
  /** The states of each layer after the last step of each row, [N,H] each. */
  readonly after: readonly Tensors<X>[]
}

/**
 * What the network answers.
 *
 * @param before The states of each layer before the first step, [N,H] each.
 */
export function predictRows<X>(
  bound: BoundNetwork<X>,
  { inputs, mask }: { readonly inputs: X } & Pick<RowConditions<X>, 'mask'>,
  before: readonly Tensors<X>[],
): Prediction<X> {
  const { ops, network, parameters } = bound
  const { batchSize: N } = network
  if (network.mode === 'many_to_one' && !network.residual && !network.bidirectional) {
    const after = unrollStates(bound, inputs, before, { mask, answers: true })
    return { outputs: answerRows(ops, parameters, { H: named(after.at(-1)!, 'h'), N }), after }
  }
  const { hs, steps, after } = unrollOutputs(bound, inputs, before, { mask })
  const H = answeredOutputs(ops, network, { hs, steps }, targetSteps(network, steps))
  return { outputs: answerRows(ops, parameters, { H, N }), after }
}
