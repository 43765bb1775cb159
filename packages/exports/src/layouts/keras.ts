// The weights of a Sequential model of Keras 3 with Embedding, where there is one, a recurrent layer for each of ours, in
// Bidirectional where it has two directions, and Dense, by their paths in `.weights.h5`. docs/exports.md has its source.

import { parameterShapes, type Network } from '@unroll/bptt'
import type { CellName } from '@unroll/contract'
import { wholeTensor, type Block, type Layout } from './layout.ts'
import { standardBlocks } from './standard.ts'
import { STANDARD_CELLS, type StandardLayer } from './standard_cells.ts'

/** Names that Keras derives from the classes of layers. */
const LAYERS: Readonly<Record<StandardLayer, string>> = { rnn: 'simple_rnn', gru: 'gru', lstm: 'lstm' }
const BOTH_WAYS = 'bidirectional'

export function kerasLayout(network: Network, cell: CellName): Layout {
  const packed = parameterShapes(network)
  const { layer: standard, gates } = STANDARD_CELLS[cell]!
  const shapes: Record<string, readonly number[]> = {}
  const blocks: Block[] = []
  const constants: Layout['constants'][number][] = []
  const addWhole = (own: string, theirs: string) => {
    shapes[theirs] = packed[own]!
    blocks.push(wholeTensor(own, theirs, packed[own]!))
  }
  if (packed['embedding'] !== undefined) addWhole('embedding', 'layers/embedding/vars/0')
  const hasTwo = (network.cell.recurrentBiases ?? []).length > 0
  const kind = network.bidirectional ? BOTH_WAYS : LAYERS[standard]
  for (const [layer, { depth, direction, inputSize: X, hiddenSize: H }] of network.layers.entries()) {
    const gH = gates.keras.length * H
    const own = `layers/${kind}${depth === 0 ? '' : `_${depth}`}${network.bidirectional ? `/${direction}_layer` : ''}`
    const name = (place: number) => `${own}/cell/vars/${place}`
    const [input, recurrent, bias] = [name(0), name(1), name(2)]
    Object.assign(shapes, { [input]: [X, gH], [recurrent]: [H, gH], [bias]: hasTwo ? [2, gH] : [gH] })
    const made = standardBlocks(network, layer, {
      tool: 'keras',
      cell,
      names: {
        input,
        recurrent,
        bias: { name: bias, at: 0 },
        ...(hasTwo && { recurrentBias: { name: bias, at: gH } }),
      },
    })
    blocks.push(...made.blocks)
    constants.push(...made.constants)
  }
  addWhole('readout.Wo', 'layers/dense/vars/0')
  addWhole('readout.bo', 'layers/dense/vars/1')
  return { shapes, blocks, constants }
}
