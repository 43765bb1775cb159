// A run's state as one flat record, the form checkpoints keep: parameters by full name, `moments.m.layers.0.Wx`,
// `average.layers.0.Wx`, `carried.0.h`, and `clipping.…` of policies that remember.

import { MOMENTS } from '@unroll/contract'
import { clippingStateShapes } from '../clip/clip.ts'
import type { HostTensor, Program } from '../engine.ts'
import { initialParameters } from '../init/parameters.ts'
import { parameterShapes, listLayerShapes, pickTrained, type Network } from '../network/network.ts'
import type { StepState } from './step.ts'
import { named, prefixed, under, zeroTensors, type Tensors } from '../ops/tensors.ts'

const MOMENT = 'moments.'
const CARRIED = 'carried.'
const CLIPPING = 'clipping.'
const AVERAGE = 'average.'

/** Shapes of all tensors of a run's state. */
export function stateShapes(
  network: Network,
  { optimizer, clipping }: Pick<Program, 'optimizer' | 'clipping'>,
): Readonly<Record<string, readonly number[]>> {
  const parameters = parameterShapes(network)
  const trained = pickTrained(network, parameters)
  const moments = MOMENTS[optimizer.type].map((moment) => prefixed(trained, `${MOMENT}${moment}.`))
  const carried = listLayerShapes(network).map((shapes, layer) => prefixed(shapes, `${CARRIED}${layer}.`))
  const averages = typeof optimizer.weight_average === 'number' ? prefixed(trained, AVERAGE) : {}
  const remembered = prefixed(clippingStateShapes(clipping), CLIPPING)
  return Object.assign({}, parameters, ...moments, averages, remembered, ...carried)
}

/**
 * The state of a run that has not begun: initial parameters, which are also their average, everything else zeros.
 *
 * @param given takes the place of what it has the names of
 */
export function initialState(
  network: Network,
  program: Program,
  given: Readonly<Record<string, HostTensor>> = {},
): Readonly<Record<string, HostTensor>> {
  const shapes = stateShapes(network, program)
  const begun = { ...initialParameters(network, program), ...given }
  const averages = Object.entries(prefixed(begun, AVERAGE)).filter(([name]) => name in shapes)
  return { ...zeroTensors(shapes), ...Object.fromEntries(averages), ...begun }
}

/** A state in parts: parameters, what optimizer and clipping remember of them, and the states that are carried. */
export function splitState<X>(
  tensors: Tensors<X>,
): Readonly<Record<'parameters' | 'optimizer' | 'carried', Tensors<X>>> {
  const names = Object.keys(tensors)
  const pick = (isPart: (name: string) => boolean): Tensors<X> =>
    Object.fromEntries(names.filter(isPart).map((name) => [name, named(tensors, name)]))
  return {
    parameters: pick((name) => !isRemembered(name) && !isCarried(name)),
    optimizer: pick(isRemembered),
    carried: pick(isCarried),
  }
}

/** Tensors of a state with the weights that answer in place of those that train: their averages, where they are kept. */
export function averagedState<X>(tensors: Tensors<X>): Tensors<X> {
  return { ...tensors, ...under(tensors, AVERAGE) }
}

function isRemembered(name: string): boolean {
  return [MOMENT, AVERAGE, CLIPPING].some((prefix) => name.startsWith(prefix))
}

function isCarried(name: string): boolean {
  return name.startsWith(CARRIED)
}

export function flattenState<X>({ parameters, moments, averages, clipping, carried }: StepState<X>): Tensors<X> {
  return {
    ...parameters,
    ...prefixed(moments, MOMENT),
    ...prefixed(averages, AVERAGE),
    ...prefixed(clipping, CLIPPING),
    ...Object.assign({}, ...carried.map((states, layer) => prefixed(states, `${CARRIED}${layer}.`))),
  }
}

/** Inverse of flattenState. */
export function unflattenState<X>(network: Network, tensors: Tensors<X>): StepState<X> {
  return {
    parameters: Object.fromEntries(Object.keys(parameterShapes(network)).map((name) => [name, named(tensors, name)])),
    moments: under(tensors, MOMENT),
    averages: under(tensors, AVERAGE),
    clipping: under(tensors, CLIPPING),
    carried: network.layers.map((_, layer) => under(tensors, `${CARRIED}${layer}.`)),
  }
}
