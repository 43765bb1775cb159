// A run's state as one flat record, the form checkpoints keep: parameters by full name, `moments.m.layers.0.Wx`,
// `carried.0.h`, and `clipping.…` of policies that remember.

import { MOMENTS } from '@unroll/contract'
import { clippingStateShapes } from '../clip/clip.ts'
import type { HostTensor, Program } from '../engine.ts'
import { initialParameters } from '../init/parameters.ts'
import { parameterShapes, type Network } from '../network/network.ts'
import type { StepState } from './step.ts'
import { named, prefixed, under, zeroTensors, type Tensors } from '../ops/tensors.ts'

const MOMENT = 'moments.'
const CARRIED = 'carried.'
const CLIPPING = 'clipping.'

/** Shapes of all tensors of a run's state. */
export function stateShapes(
  network: Network,
  { optimizer, clipping }: Pick<Program, 'optimizer' | 'clipping'>,
): Readonly<Record<string, readonly number[]>> {
  const parameters = parameterShapes(network)
  const moments = MOMENTS[optimizer.type].map((moment) => prefixed(parameters, `${MOMENT}${moment}.`))
  const carried = Array.from({ length: network.layers }, (_, layer) =>
    network.cell.states.map((state) => [`${CARRIED}${layer}.${state}`, [network.batchSize, network.hiddenSize]]),
  )
  const remembered = prefixed(clippingStateShapes(clipping), CLIPPING)
  return Object.assign({}, parameters, ...moments, remembered, Object.fromEntries(carried.flat()))
}

/** The state of a run that has not begun: initial parameters, everything else zeros. */
export function initialState(network: Network, program: Program): Readonly<Record<string, HostTensor>> {
  return { ...zeroTensors(stateShapes(network, program)), ...initialParameters(network, program) }
}

export function flattenState<X>({ parameters, moments, clipping, carried }: StepState<X>): Tensors<X> {
  return {
    ...parameters,
    ...prefixed(moments, MOMENT),
    ...prefixed(clipping, CLIPPING),
    ...Object.assign({}, ...carried.map((states, layer) => prefixed(states, `${CARRIED}${layer}.`))),
  }
}

/** Inverse of flattenState. */
export function unflattenState<X>(network: Network, tensors: Tensors<X>): StepState<X> {
  return {
    parameters: Object.fromEntries(Object.keys(parameterShapes(network)).map((name) => [name, named(tensors, name)])),
    moments: under(tensors, MOMENT),
    clipping: under(tensors, CLIPPING),
    carried: Array.from({ length: network.layers }, (_, layer) => under(tensors, `${CARRIED}${layer}.`)),
  }
}
