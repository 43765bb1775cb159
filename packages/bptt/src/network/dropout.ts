// Variational dropout between layers and within the recurrence (Gal and Ghahramani 2016): one mask for each sequence, the
// same at every step.

import { random } from '@unroll/random'
import type { Network } from './network.ts'
import type { Ops } from '../ops/ops.ts'

type Dropping = Pick<Network, 'layers' | 'dropout' | 'recurrentDropout'>

/**
 * The masks of one update, [N,H] each: 0 for a unit that is dropped, 1/(1-p) for others. First one on the output of each
 * layer but the top, with dropout, then one on what each layer sees of its own h_{t-1}, with recurrent dropout. A function
 * of (seed, update, layer).
 */
export function dropoutMasks(
  { batchSize, hiddenSize, ...network }: Dropping & Pick<Network, 'batchSize' | 'hiddenSize'>,
  seed: number,
  update: number,
): readonly Float64Array[] {
  return listMasks(network).map(({ name, p }) => {
    const draw = random(seed, name, update)
    return Float64Array.from({ length: batchSize * hiddenSize }, () => (draw.uniform() < p ? 0 : 1 / (1 - p)))
  })
}

/** How many masks an update has. */
export function countMasks(network: Dropping): number {
  return listMasks(network).length
}

/** The masks of a layer among those of an update: on its input, and on what it sees of its own h_{t-1}. */
export function masksOf<X>(
  network: Dropping,
  masks: readonly X[] = [],
  layer: number,
): { readonly dropout: X | undefined; readonly recurrentDropout: X | undefined } {
  const { below, recurrent } = countBelow(network)
  return {
    dropout: layer > 0 && below > 0 ? masks[layer - 1] : undefined,
    recurrentDropout: recurrent > 0 ? masks[below + layer] : undefined,
  }
}

function listMasks(network: Dropping): readonly { readonly name: string; readonly p: number }[] {
  const { dropout, recurrentDropout } = network
  const { below, recurrent } = countBelow(network)
  return [
    ...Array.from({ length: below }, (_, layer) => ({ name: `dropout.${layer}`, p: dropout })),
    ...Array.from({ length: recurrent }, (_, layer) => ({ name: `recurrent_dropout.${layer}`, p: recurrentDropout })),
  ]
}

function countBelow({ layers, dropout, recurrentDropout }: Dropping): { below: number; recurrent: number } {
  return { below: dropout > 0 ? layers - 1 : 0, recurrent: recurrentDropout > 0 ? layers : 0 }
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
