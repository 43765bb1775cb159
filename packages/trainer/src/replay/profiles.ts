import type { InspectedLayer } from '@unroll/bptt'
import { toJsonNumber, type ObservedInReplay, type ReplayResult } from '@unroll/contract'
import { takeStep } from './origin.ts'

type Values = Float32Array | Float64Array

/** The mean of each gate and the root mean square of each state of a layer at each of T time steps, where they are observed. */
export function profileLayer(
  { gates, states }: InspectedLayer<Readonly<Record<string, Values>>>,
  T: number,
  observe: readonly ObservedInReplay[],
): Pick<ReplayResult['layers'][number], 'gates' | 'states'> {
  return {
    ...(observe.includes('gates') && { gates: profileEach(gates, T, computeMean) }),
    ...(observe.includes('states') && { states: profileEach(states, T, computeRms) }),
  }
}

function profileEach(tensors: Readonly<Record<string, Values>>, T: number, reduce: (own: Values) => number) {
  const profiles = Object.entries(tensors).map(([name, values]) => {
    return [name, Array.from({ length: T }, (_, t) => toJsonNumber(reduce(takeStep(values, t, T))))] as const
  })
  return Object.fromEntries(profiles)
}

function computeMean(values: Values): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

function computeRms(values: Values): number {
  let sum = 0
  for (const value of values) sum += value * value
  return Math.sqrt(sum / values.length)
}
