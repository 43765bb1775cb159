// Where the numbers of an update are first not finite. The order is that of the computation: a layer goes through all of its
// steps before the next one does, upwards on the way to the loss, downwards on the way back.

import type { InspectedLayer, InspectedStep, Network } from '@unroll/bptt'
import type { NonfiniteOrigin } from '@unroll/contract'

type Values = Float32Array | Float64Array
/** [T,NH] each. */
type ByName = Readonly<Record<string, Values>>
type Layer = InspectedLayer<ByName>

const NOWHERE = { layer: null, timestep: null, state: null, gate: null }

/**
 * The origin of what is not finite in an update that was not.
 *
 * @param T steps of its window
 * @param most what is larger does not count as finite
 */
export function findOrigin(
  { loss, layers }: InspectedStep,
  network: Pick<Network, 'layers' | 'cell'>,
  { T, most = Infinity }: { T: number; most?: number },
): NonfiniteOrigin {
  const isFinite = (value: number) => Math.abs(value) < most
  const find = (tensors: ByName, at: number) => findNonfinite(tensors, { at, T, isFinite })
  for (const [layer, { gates, states }] of layers.entries()) {
    for (const { at, timestep } of orderSteps(network, layer, T)) {
      const [gate, state] = [find(gates, at), find(states, at)]
      if (gate === undefined && state === undefined) continue
      const named = gate ?? findCandidate(network)
      return { pass: 'forward', layer, timestep, state: state ?? null, gate: named ?? null }
    }
  }
  if (!isFinite(loss)) return { pass: 'loss', ...NOWHERE }
  for (const [layer, { gateGradients, stateGradients }] of [...layers.entries()].toReversed()) {
    const order = orderSteps(network, layer, T).toReversed()
    for (const [n, { at, timestep }] of order.entries()) {
      const [gate, state] = [find(gateGradients, at), find(stateGradients, at)]
      if (gate === undefined && state === undefined) continue
      const from = order[n - 1]
      const sender = from && findLargest(gateGradients, from.at, T)
      return {
        pass: 'backward',
        layer,
        timestep,
        state: state ?? null,
        gate: (state === undefined ? gate : sender) ?? null,
      }
    }
  }
  return { pass: 'update', ...NOWHERE }
}

/** A step of a sequence, from 0, and the number that the layer which reads it counts, from 1. */
interface Step {
  at: number
  timestep: number
}

/** The steps in the order in which a layer reads them. */
function orderSteps({ layers }: Pick<Network, 'layers'>, layer: number, T: number): Step[] {
  const isForward = layers[layer]?.direction !== 'backward'
  return Array.from({ length: T }, (_, read) => ({ at: isForward ? read : T - 1 - read, timestep: read + 1 }))
}

/** The name of the first tensor that is not finite at a step; undefined if all are. */
function findNonfinite(
  tensors: ByName,
  { at, T, isFinite }: { at: number; T: number; isFinite: (value: number) => boolean },
): string | undefined {
  return Object.keys(tensors).find((name) => !takeStep(tensors[name]!, at, T).every(isFinite))
}

/** What is no logistic gate and makes a state, where it is one alone. */
function findCandidate({ cell: { gates, logistic = [] } }: Pick<Network, 'cell'>): string | undefined {
  const others = gates.filter((gate) => !logistic.some((of) => of.gates.includes(gate)))
  return others.length === 1 ? others[0] : undefined
}

/** The gate with the largest gradient at a step, which sends most of what the step before it receives. */
function findLargest(gateGradients: Layer['gateGradients'], at: number, T: number): string | undefined {
  const sizes = Object.entries(gateGradients).map(([gate, values]) => {
    let size = 0
    for (const value of takeStep(values, at, T)) size = Math.max(size, Math.abs(value))
    return { gate, size }
  })
  return sizes.toSorted((a, b) => b.size - a.size)[0]?.gate
}

/** The numbers of one of T steps. */
export function takeStep(values: Values, at: number, T: number): Values {
  const width = values.length / T
  return values.subarray(at * width, (at + 1) * width)
}
