// What a sequence starts from: zeros, or learned vectors h0, c0 [H], the same for every row of the batch.

import type { Window } from '../engine.ts'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'
import { named, type Tensors } from '../ops/tensors.ts'

/** The states of each layer before the first step of a sequence, [N,H] each. */
export function initialStates<X>(ops: Ops<X>, network: Network, parameters: Tensors<X>): readonly Tensors<X>[] {
  const { cell, layers, batchSize, hiddenSize, learnedStates } = network
  const zeros = (): X => ops.zeros([batchSize, hiddenSize])
  const initial = (layer: number, state: string): X =>
    learnedStates.includes(state) ? ops.add(zeros(), named(parameters, `layers.${layer}.${state}0`)) : zeros()
  return Array.from({ length: layers }, (_, layer) =>
    Object.fromEntries(cell.states.map((state) => [state, initial(layer, state)])),
  )
}

/** Gradients of the learned initial states; zeros for a window that went on from a carried state. */
export function initialStateGradients<X>(
  ops: Ops<X>,
  { learnedStates, hiddenSize }: Network,
  dInitial: readonly Tensors<X>[],
  from: Window['from'],
): Tensors<X> {
  const gradients = dInitial.flatMap((gradient, layer) =>
    learnedStates.map((state) => [
      `layers.${layer}.${state}0`,
      from === 'initial' ? ops.sumRows(named(gradient, state)) : ops.zeros([hiddenSize]),
    ]),
  )
  return Object.fromEntries(gradients)
}
