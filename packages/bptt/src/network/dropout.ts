// Variational dropout between layers and within the recurrence (Gal and Ghahramani 2016): one mask for each sequence, the
// same at every step.

import { random } from '@unroll/random'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'

type Dropping = Pick<Network, 'layers' | 'batchSize' | 'dropout' | 'recurrentDropout'>
type MaskShape = readonly [N: number, H: number]

interface DrawnMask {
  /** Of its random numbers. */
  readonly name: string
  /** Share of the units that are dropped. */
  readonly p: number
  readonly shape: MaskShape
}

/**
 * The masks of one update, of the shapes of `dropoutShapes`: 0 for a unit that is dropped, 1/(1-p) for others. A function of
 * (seed, update, layer).
 */
export function dropoutMasks(network: Dropping, seed: number, update: number): readonly Float64Array[] {
  return listMasks(network).map(({ name, p, shape: [N, H] }) => {
    const draw = random(seed, name, update)
    return Float64Array.from({ length: N * H }, () => (draw.uniform() < p ? 0 : 1 / (1 - p)))
  })
}

/**
 * The shapes of the masks of an update: with dropout first one on the output of each layer but the top, which is the input
 * of the layer above, of all its directions, then with recurrent dropout one on what each layer sees, in each direction, of
 * its own h_{t-1}.
 */
export function dropoutShapes(network: Dropping): readonly MaskShape[] {
  return listMasks(network).map(({ shape }) => shape)
}

/** The masks of a layer among those of an update: on its input, and on what it sees of its own h_{t-1}. */
export function chooseMasks<X>(
  network: Pick<Dropping, 'layers' | 'dropout' | 'recurrentDropout'>,
  masks: readonly X[] = [],
  layer: number,
): { readonly dropout: X | undefined; readonly recurrentDropout: X | undefined } {
  const { depth } = network.layers[layer]!
  const below = network.dropout > 0 ? network.layers.at(-1)!.depth : 0
  return {
    dropout: depth > 0 && below > 0 ? masks[depth - 1] : undefined,
    recurrentDropout: network.recurrentDropout > 0 ? masks[below + layer] : undefined,
  }
}

/** The masks of an update, in the order in which they are drawn. */
function listMasks({ layers, batchSize: N, dropout, recurrentDropout }: Dropping): readonly DrawnMask[] {
  const between = Array.from({ length: layers.at(-1)!.depth }, (_, below): DrawnMask => {
    const { inputSize } = layers.find(({ depth }) => depth === below + 1)!
    return { name: `dropout.${below}`, p: dropout, shape: [N, inputSize] }
  })
  const within = layers.map(({ outputSize }, layer): DrawnMask => ({
    name: `recurrent_dropout.${layer}`,
    p: recurrentDropout,
    shape: [N, outputSize],
  }))
  return [...between, ...within].filter(({ p }) => p > 0)
}

/** Rows [TN,H] of all steps times the mask [N,H] of their sequences; the gradient is multiplied by the same mask. */
export function dropped<X>(ops: Ops<X>, rows: X, mask: X | undefined): X {
  if (mask === undefined) return rows
  const width = ops.size(mask, 0) * ops.size(mask, 1)
  const steps = (ops.size(rows, 0) * ops.size(rows, 1)) / width
  return ops.scope(() => {
    const masked = ops.mul(ops.reshape(rows, [steps, width]), ops.reshape(mask, [width]))
    return ops.reshape(masked, ops.shape(rows))
  })
}
