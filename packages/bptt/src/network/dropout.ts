// Variational dropout between layers (Gal and Ghahramani 2016): one mask for each sequence, the same at every step.

import { random } from '@unroll/random'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'

/**
 * The masks of one update, [N,H] each, one for each layer but the top: 0 for a unit that is dropped, 1/(1-p) for others.
 * A function of (seed, update, layer); empty without dropout.
 */
export function dropoutMasks(
  { layers, batchSize, hiddenSize, dropout: p }: Pick<Network, 'layers' | 'batchSize' | 'hiddenSize' | 'dropout'>,
  seed: number,
  update: number,
): readonly Float64Array[] {
  if (p === 0) return []
  return Array.from({ length: layers - 1 }, (_, layer) => {
    const draw = random(seed, `dropout.${layer}`, update)
    return Float64Array.from({ length: batchSize * hiddenSize }, () => (draw.uniform() < p ? 0 : 1 / (1 - p)))
  })
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
