// The state_dict of a PyTorch module with `embedding` (nn.Embedding), `rnn` (nn.RNN, nn.LSTM or nn.GRU), `readout`
// (nn.Linear) and, where they are learned, the parameters `initial_h` and `initial_c` [layers,1,H], each direction of a
// bidirectional layer a layer of its own. docs/exports.md has its source.

import { parameterShapes, type Network } from '@unroll/bptt'
import { stateSize, type CellName } from '@unroll/contract'
import { transposed, wholeTensor, type Block, type Layout } from './layout.ts'
import { standardBlocks } from './standard.ts'
import { STANDARD_CELLS } from './standard_cells.ts'

export function pytorchLayout(network: Network, cell: CellName): Layout {
  const packed = parameterShapes(network)
  const { layers } = network
  const { hiddenSize: H, outputSize: P } = layers[0]! // of all, or the format is refused
  const gH = STANDARD_CELLS[cell]!.gates.pytorch.length * H
  const shapes: Record<string, readonly number[]> = {}
  const blocks: Block[] = []
  const constants: Layout['constants'][number][] = []
  if (packed['embedding'] !== undefined) {
    shapes['embedding.weight'] = packed['embedding']
    blocks.push(wholeTensor('embedding', 'embedding.weight', packed['embedding']))
  }
  for (const state of network.learnedStates)
    shapes[`initial_${state}`] = [layers.length, 1, stateSize(layers[0]!, state)]
  for (const [layer, { name: own, depth, direction, inputSize: X }] of layers.entries()) {
    const name = (kind: string) => `rnn.${kind}_l${depth}${direction === 'backward' ? '_reverse' : ''}`
    const names = {
      input: name('weight_ih'),
      recurrent: name('weight_hh'),
      bias: { name: name('bias_ih'), at: 0 },
      recurrentBias: { name: name('bias_hh'), at: 0 },
    }
    Object.assign(shapes, {
      [names.input]: [gH, X],
      [names.recurrent]: [gH, P],
      [names.bias.name]: [gH],
      [names.recurrentBias.name]: [gH],
    })
    const standard = standardBlocks(network, layer, { tool: 'pytorch', cell, names })
    blocks.push(...standard.blocks)
    constants.push(...standard.constants)
    const projection = packed[`${own}.Wp`]
    if (projection !== undefined) {
      shapes[name('weight_hr')] = projection.toReversed()
      blocks.push(transposed(`${own}.Wp`, name('weight_hr'), projection))
    }
    for (const state of network.learnedStates) {
      const size = stateSize(layers[layer]!, state)
      blocks.push({ ...wholeTensor(`${own}.${state}0`, `initial_${state}`, [size]), at: layer * size })
    }
  }
  shapes['readout.weight'] = packed['readout.Wo']!.toReversed()
  shapes['readout.bias'] = packed['readout.bo']!
  blocks.push(
    transposed('readout.Wo', 'readout.weight', packed['readout.Wo']!),
    wholeTensor('readout.bo', 'readout.bias', packed['readout.bo']!),
  )
  return { shapes, blocks, constants }
}
