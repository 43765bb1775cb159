// What goes into a run of a section as numbers, and what comes out.

import { dropoutMasks, type Batch, type Flow, type Network, type StepReport } from '@unroll/bptt'
import type { Section } from './section.ts'

/** Accuracy and the norms of all parameters' gradients. */
export function readMetrics(
  observed: Float32Array,
  { accuracy, parameters }: NonNullable<Section['metrics']>,
): Pick<StepReport, 'accuracy' | 'parameterNorms'> {
  const first = Number(accuracy)
  return {
    ...(accuracy && { accuracy: observed[0]! }),
    parameterNorms: Object.fromEntries(parameters.map((name, index) => [name, observed[first + index]!])),
  }
}

/** The flow of `T` steps by state. */
export function readFlow(norms: Float32Array, states: readonly string[], T: number): Flow {
  const series = Array.from({ length: norms.length / T }, (_, index) => norms.slice(index * T, (index + 1) * T))
  const of = (state: string): Float32Array[] => series.filter((_, index) => states[index % states.length] === state)
  const c = of('c')
  return { h: of('h'), ...(c.length > 0 && { c }) }
}

/** [T,N]: 1 where a row's sequence still goes on. */
export function sequenceMask({ steps, lengths = new Int32Array() }: Batch): Float32Array {
  const N = lengths.length
  return Float32Array.from({ length: steps * N }, (_, i) => Number(Math.floor(i / N) < lengths[i % N]!))
}

/** The masks of an update, one after another. */
export function dropoutOf(network: Network, seed: number, update: number): number[] {
  return dropoutMasks(network, seed, update).flatMap((dropoutMask) => [...dropoutMask])
}
