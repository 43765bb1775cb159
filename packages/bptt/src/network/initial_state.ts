// What a sequence starts from: zeros, or learned vectors h0, c0 [H], the same for every row of the batch.

import { stateSize } from '@unroll/contract'
import type { Window } from '../engine.ts'
import { listLayerShapes, type Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'
import { mapTensors, named, type Tensors } from '../ops/tensors.ts'

/** The states of each layer before the first step of a sequence, [N,H] each. */
export function initialStates<X>(ops: Ops<X>, network: Network, parameters: Tensors<X>): readonly Tensors<X>[] {
  return listLayerShapes(network).map((shapes, layer) =>
    mapTensors(shapes, (shape, state) => {
      const zeros = ops.zeros(shape)
      return network.learnedStates.includes(state)
        ? ops.add(zeros, named(parameters, `${network.layers[layer]!.name}.${state}0`))
        : zeros
    }),
  )
}

/** Gradients of the learned initial states; zeros for a window that went on from a carried state. */
export function initialStateGradients<X>(
  ops: Ops<X>,
  { learnedStates, layers }: Network,
  dInitial: readonly Tensors<X>[],
  from: Window['from'],
): Tensors<X> {
  const gradients = layers.flatMap((own, layer) =>
    learnedStates.map((state) => [
      `${own.name}.${state}0`,
      from === 'initial' ? ops.sumRows(named(dInitial[layer]!, state)) : ops.zeros([stateSize(own, state)]),
    ]),
  )
  return Object.fromEntries(gradients)
}
