// Variational dropout between layers (Gal and Ghahramani 2016): one mask for each sequence, the same at every step.

import { random } from '@unroll/random'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'

/**
 * The masks of one update, of the shapes of `dropoutShapes`, one for each layer but the top: 0 for a unit that is dropped, 1/(1-p) for others.
 * A function of (seed, update, layer); empty without dropout.
 */
export function dropoutMasks(
  network: Pick<Network, 'layers' | 'batchSize' | 'dropout'>,
  seed: number,
  update: number,
): readonly Float64Array[] {
  const { dropout: p } = network
  return dropoutShapes(network).map(([N, H], layer) => {
    const draw = random(seed, `dropout.${layer}`, update)
    return Float64Array.from({ length: N * H }, () => (draw.uniform() < p ? 0 : 1 / (1 - p)))
  })
}

/** The shape [N,H] of the mask on the output of each layer but the top, which is the input of the layer above; none without dropout. */
export function dropoutShapes({
  layers,
  batchSize,
  dropout,
}: Pick<Network, 'layers' | 'batchSize' | 'dropout'>): readonly (readonly [N: number, H: number])[] {
  return dropout === 0 ? [] : layers.slice(1).map(({ inputSize }) => [batchSize, inputSize])
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
