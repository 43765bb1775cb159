// Lyapunov exponents on the host, from the diagonal of R at every step.

import type { Layer } from '@unroll/contract'
import type { Spectrum } from './spectrum.ts'

/** What of the steps comes first and does not count: the directions have yet to turn to where they stay. */
const TURNING = 0.25

/**
 * The exponents of each layer, the largest first: over finite time the directions of nearly equal exponents have not yet found
 * their order.
 *
 * @param lengths Of each layer, [T,N,k]; time step 1 first.
 * @param mask [T,N]: 0 at the steps that a row leaves out; undefined where there are none.
 */
export function readSpectrum(
  {
    layers,
    batchSize: N,
  }: { readonly layers: readonly Pick<Layer, 'name' | 'direction'>[]; readonly batchSize: number },
  lengths: readonly (Float32Array | Float64Array)[],
  { steps: T, mask }: { readonly steps: number; readonly mask: Float32Array | undefined },
): readonly Spectrum[] {
  return layers.map(({ name, direction }, layer) => {
    const own = lengths[layer]!
    const k = own.length / (T * N)
    const order = Array.from({ length: T }, (_, t) => (direction === 'forward' ? T - 1 - t : t))
    const exponents = Array.from({ length: k }, (_, j) => {
      const logs = Array.from({ length: N }, (_row, n) => {
        const taken = order.filter((t) => mask === undefined || mask[t * N + n] === 1)
        return taken.slice(Math.floor(taken.length * TURNING)).map((t) => Math.log(own[(t * N + n) * k + j]!))
      })
      return mean(logs.flatMap((ofRow) => (ofRow.length === 0 ? [] : [mean(ofRow)])))
    })
    return { name, exponents: exponents.toSorted((one, other) => (one < other ? 1 : one > other ? -1 : 0)) }
  })
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
