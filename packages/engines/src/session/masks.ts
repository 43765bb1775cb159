// The masks that an update draws, in the parts in which a window is computed.

import { dropoutMasks, zoneoutMasks, type Network, type Steps } from '@unroll/bptt'
import { takeRows } from './batch.ts'

/** Masks of some rows and steps. */
export interface DrawnMasks {
  /** Of `dropoutShapes`. */
  readonly dropout: readonly Float64Array[]
  /** Of `zoneoutShapes`. */
  readonly zoneout: readonly Float32Array[]
}

/** What the masks are a function of: the update after `updates` others. */
export interface MaskedUpdate {
  /** Of the whole batch. */
  readonly network: Network
  readonly seed: number
  readonly updates: number
  /** The index-th of `count` micro-batches. */
  readonly part?: { readonly index: number; readonly count: number }
}

/** Draws the masks of an update for some of its steps. */
export function drawMasks({ network, seed, updates, part }: MaskedUpdate, steps: Steps): DrawnMasks {
  const { batchSize: N } = network
  const { index, count } = part ?? { index: 0, count: 1 }
  const own = <Mask extends Float32Array | Float64Array>(mask: Mask, T: number): Mask =>
    count === 1 ? mask : takeRows(mask, { steps: T, N, first: (index * N) / count, rows: N / count })
  return {
    dropout: dropoutMasks(network, seed, updates).map((mask) => own(mask, 1)),
    zoneout: zoneoutMasks(network, { seed, update: updates }, steps).map((mask) => own(mask, steps.steps)),
  }
}
