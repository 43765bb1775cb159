// Lyapunov exponents on the host, from the diagonal of R at every step.

import type { Layer } from '@unroll/contract'
import type { Spectrum } from './spectrum.ts'

/** What of the steps comes first and does not count: the directions have yet to turn to where they stay. */
const TURNING = 0.25

interface Layers {
  readonly layers: readonly Pick<Layer, 'name' | 'direction'>[]
  readonly batchSize: number
}

interface TakenSteps {
  /** T. */
  readonly steps: number
  /** [T,N]: 0 at the steps that a row leaves out; undefined where there are none. */
  readonly mask: Float32Array | undefined
}

/**
 * The exponents of each layer, the largest first: over finite time the directions of nearly equal exponents have not yet found
 * their order.
 *
 * @param lengths Of each layer, [T,N,k]; time step 1 first.
 */
export function readSpectrum(
  network: Layers,
  lengths: readonly (Float32Array | Float64Array)[],
  taken: TakenSteps,
): readonly Spectrum[] {
  const shares = shareSteps(network, taken)
  return network.layers.map(({ name }, layer) => {
    const own = lengths[layer]!
    const counted = shares[layer]!
    const k = own.length / counted.length
    const found = Array.from({ length: k }, (_, j) =>
      readDirection((at) => Math.log(own[at * k + j]!), counted, network.batchSize),
    )
    found.sort(({ exponent: one }, { exponent: other }) => (one < other ? 1 : one > other ? -1 : 0))
    return { name, exponents: found.map(({ exponent }) => exponent), ended: found.map(({ ended }) => ended) }
  })
}

/** The mean over the rows in which a direction does not end, and the share of the others. @param logs of the length at each place of `shares` [T,N] */
function readDirection(
  logs: (at: number) => number,
  shares: Float64Array,
  N: number,
): { readonly exponent: number; readonly ended: number } {
  let [sum, living, ended] = [0, 0, 0]
  for (let n = 0; n < N; n++) {
    let [own, share] = [0, 0]
    for (let at = n; at < shares.length; at += N) {
      if (shares[at] === 0) continue
      own += shares[at]! * logs(at)
      share += shares[at]!
    }
    if (share === 0) continue
    if (own === -Infinity) ended += share
    else {
      sum += own
      living += share
    }
  }
  return { exponent: ended > 0 && living === 0 ? -Infinity : sum / living, ended: ended / (living + ended) }
}

/**
 * What each step of each row counts for in the exponents of a layer, [T,N]: a share of the mean over rows of the means over their
 * steps, 0 at those that do not count.
 */
export function shareSteps({ layers, batchSize: N }: Layers, { steps: T, mask }: TakenSteps): readonly Float64Array[] {
  return layers.map(({ direction }) => {
    const order = Array.from({ length: T }, (_, t) => (direction === 'forward' ? T - 1 - t : t))
    const rows = Array.from({ length: N }, (_, n) => {
      const taken = order.filter((t) => mask === undefined || mask[t * N + n] === 1)
      return taken.slice(Math.floor(taken.length * TURNING))
    })
    const living = rows.filter(({ length }) => length > 0).length
    const shares = new Float64Array(T * N)
    for (const [n, taken] of rows.entries()) for (const t of taken) shares[t * N + n] = 1 / (living * taken.length)
    return shares
  })
}
