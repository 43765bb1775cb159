import { CELLS, isBounded, listLayers, listZoneout, stateSize, type Layer, type Model } from '@unroll/contract'
import type { Cell } from '../cells/cell.ts'
import { matrix } from '../cells/connection.ts'
import { CELL_TABLE } from '../cells/implementations.ts'
import { isProjected } from './projection.ts'
import type { Program } from '../engine.ts'

/** The recurrent network of a program: everything its shapes follow from. */
export interface Network extends Pick<Program, 'inputs' | 'readout' | 'mode' | 'batchSize'> {
  readonly cell: Cell
  /** Whether h lies within [-1, 1], so that saturation can be measured of it. */
  readonly isBounded: boolean
  /** From the lowest, direction by direction. */
  readonly layers: readonly Layer[]
  /** Whether each layer reads in both directions, a row of `layers` each. */
  readonly bidirectional: boolean
  /** Whether the output of each layer but the lowest is h_t, of both directions side by side, plus the output of the layer below. */
  readonly residual: boolean
  /** Share of a layer's outputs that the layer above does not see in training. */
  readonly dropout: number
  /** Share of its own h_{t-1} that a layer's recurrent weights do not see in training. */
  readonly recurrentDropout: number
  /** Share p of the units of a state, by its name, that stay at a step what they were; only states with p > 0. */
  readonly zoneout: Readonly<Record<string, number>>
  /** States whose value before a sequence's first step is a parameter; zeros for the others. */
  readonly learnedStates: readonly string[]
  /** Full names of parameters, or of what they are part of (`embedding`, `readout`, `layers.0`), that no update changes. */
  readonly frozen: readonly string[]
  /** Size of the learned embedding; null when symbols are fed one-hot or inputs are vectors. */
  readonly embeddingSize: number | null
}

/** The network a program describes. Errors: RangeError for an embedding of vectors. */
export function createNetwork(
  program: Pick<Program, 'model' | 'inputs' | 'readout' | 'mode' | 'batchSize' | 'frozen'>,
): Network {
  const { model, inputs, readout, mode, batchSize, frozen = [] } = program
  if (inputs.kind === 'vectors' && model.embedding_size !== null) {
    throw new RangeError(
      `Cannot build the network as only symbols have an embedding: current value of embedding_size is ${model.embedding_size}`,
    )
  }
  return {
    cell: selectCell(model),
    isBounded: isBounded(model),
    layers: listLayers(model, model.embedding_size ?? inputs.size),
    bidirectional: model.bidirectional === true,
    residual: model.residual === true,
    dropout: model.dropout,
    recurrentDropout: model.recurrent_dropout ?? 0, // absent from older records
    zoneout: listZoneout(model),
    learnedStates: model.initial_state === 'learned' ? CELLS[model.cell].learnable : [],
    frozen,
    embeddingSize: model.embedding_size,
    inputs,
    readout,
    mode,
    batchSize,
  }
}

function selectCell(model: Model): Cell {
  const made: Cell | ((model: never) => Cell) = CELL_TABLE[model.cell]
  return typeof made === 'function' ? (made as (model: Model) => Cell)(model) : made
}

/** Places, in the table of layers, of the directions of each layer of the stack, from the lowest. */
export function listLevels({ layers }: Pick<Network, 'layers'>): readonly (readonly number[])[] {
  const depths = [...new Set(layers.map(({ depth }) => depth))]
  return depths.map((depth) => [...layers.keys()].filter((row) => layers[row]!.depth === depth))
}

/** Numbers of a step that the read-out multiplies by Wo. */
export function outputSize({ layers }: Pick<Network, 'layers'>): number {
  return listLevels({ layers })
    .at(-1)!
    .reduce((sum, row) => sum + layers[row]!.outputSize, 0)
}

/** Shapes of the states of each layer by name, [N,H] each, h [N,P] where it is projected. */
export function listLayerShapes({ cell, layers, batchSize }: Network): readonly Shapes[] {
  return layers.map((layer) =>
    Object.fromEntries(cell.states.map((state) => [state, [batchSize, stateSize(layer, state)]])),
  )
}

/** Shapes of tensors by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** Shapes of all parameters by full name, in the packed layout of cell.ts. */
export function parameterShapes(network: Network): Shapes {
  const { cell, inputs, readout } = network
  const shapes: Record<string, readonly number[]> = {}
  if (network.embeddingSize !== null) shapes['embedding'] = [inputs.size, network.embeddingSize]
  for (const layer of network.layers) {
    const { name, inputSize, hiddenSize: H, outputSize: P } = layer
    const gH = cell.gates.length * H
    shapes[`${name}.Wx`] = [inputSize, gH]
    for (const { parameter, gates, connection } of cell.recurrent)
      shapes[`${name}.${parameter}`] = (connection ?? matrix).shape(connection ? H : P, H, gates.length)
    if (isProjected(layer)) shapes[`${name}.Wp`] = [H, P]
    for (const { parameter, gates } of cell.recurrentBiases ?? []) shapes[`${name}.${parameter}`] = [gates.length * H]
    for (const vector of cell.dynamics?.vectors ?? []) shapes[`${name}.${vector}`] = [H]
    shapes[`${name}.b`] = [gH]
    for (const { gain, bias, places } of cell.normalised ?? []) {
      const blocks = Object.values(places).reduce((sum, count) => sum + count, 0)
      for (const vector of [gain, bias]) shapes[`${name}.${vector}`] = [blocks * H]
    }
    for (const state of network.learnedStates) shapes[`${name}.${state}0`] = [stateSize(layer, state)]
  }
  shapes['readout.Wo'] = [outputSize(network), readout.size]
  shapes['readout.bo'] = [readout.size]
  return shapes
}

/** What is trained of tensors by the names of parameters: all but those of frozen ones. */
export function pickTrained<X>(
  { frozen }: Pick<Network, 'frozen'>,
  tensors: Readonly<Record<string, X>>,
): Readonly<Record<string, X>> {
  if (frozen.length === 0) return tensors
  const isFrozen = (name: string) => frozen.some((part) => name === part || name.startsWith(`${part}.`))
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !isFrozen(name)))
}
