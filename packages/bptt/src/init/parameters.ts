// Initial parameters, on the host in float64. Each block is drawn from a stream of its own, keyed by the seed and the
// block's name in docs/math/notation.md's view (layers.0.Wx of gate f is "layers.0.Wx.f"): a run is a function of its specification.

import { random } from '@unroll/random'
import { CELLS, type Model } from '@unroll/contract'
import type { Gate } from '../cells/cell.ts'
import type { HostTensor, Program } from '../engine.ts'
import { outputSize, parameterShapes, type Network } from '../network/network.ts'
import { isProjected } from '../network/projection.ts'
import { zeroTensors } from '../ops/tensors.ts'
import { initialBias } from './bias.ts'
import { glorotUniform, identity, normal, zeros, type Draw, type Matrix } from './matrices.ts'
import { orthogonal } from './orthogonal.ts'
import { scaledTo } from './spectral_radius.ts'
import { initialUnits } from './units.ts'

type Init = Model['init']

const INPUT: Readonly<Record<Init['input'], (init: Init) => Draw>> = {
  glorot_uniform: () => glorotUniform,
  normal: ({ std }) => normal(std),
  zeros: () => zeros,
}

const RECURRENT: Readonly<Record<Init['recurrent'], (init: Init) => Draw>> = {
  orthogonal: () => orthogonal,
  identity: () => identity,
  glorot_uniform: () => glorotUniform,
  normal: ({ std }) => normal(std),
}

type Drawing = Pick<Program, 'model' | 'seed' | 'sequenceLength'>

/** Initial values of all parameters by full name, in the packed layout of cell.ts. A gain is 1. What is not drawn is 0: learned initial states, the read-out's bias, and peepholes, so that a cell begins as one without. */
export function initialParameters(network: Network, drawing: Drawing): Readonly<Record<string, HostTensor>> {
  const { embeddingSize, inputs, readout } = network
  const draw = (name: string, how: Draw, rows: number, columns: number): HostTensor =>
    packed(rows, [how(rows, columns, random(drawing.seed, name))])
  const layers = network.layers.map((_, layer) => layerParameters(network, drawing, layer))
  return Object.assign(
    zeroTensors(parameterShapes(network)),
    // Rows of about unit length, as one-hot rows have.
    embeddingSize !== null && {
      embedding: draw('embedding', normal(1 / Math.sqrt(embeddingSize)), inputs.size, embeddingSize),
    },
    ...layers,
    { 'readout.Wo': draw('readout.Wo', glorotUniform, outputSize(network), readout.size) },
  )
}

function layerParameters(
  network: Network,
  { model, seed, sequenceLength = Infinity }: Drawing,
  layer: number,
): Readonly<Record<string, HostTensor>> {
  const { cell, layers } = network
  const { name: own, inputSize: X, hiddenSize: H, outputSize: P } = layers[layer]!
  const { init } = model
  const prefix = `${own}.`
  const blocks = (name: string, of: readonly Gate[], how: Draw, rows: number): readonly Matrix[] =>
    of.map((gate) => how(rows, H, random(seed, `${prefix}${name}.${gate}`)))
  const parameters: Record<string, HostTensor> = {
    [`${prefix}Wx`]: packed(X, blocks('Wx', cell.gates, INPUT[init.input](init), X)),
    [`${prefix}b`]: vector(cell.gates.map(initialBias(H, model, random(seed, `${prefix}b`)))),
  }
  for (const { gain } of cell.normalised ?? []) {
    const [size = 0] = parameterShapes(network)[prefix + gain]!
    parameters[prefix + gain] = vector([new Float64Array(size).fill(1)])
  }
  for (const { parameter, gates, connection } of cell.recurrent) {
    const name = prefix + parameter
    if (CELLS[model.cell].recurrent === 'vector')
      parameters[name] = vector([initialUnits(H, init, sequenceLength, random(seed, name))])
    if (connection !== undefined) continue
    const drawn = blocks(parameter, gates, RECURRENT[init.recurrent](init), P)
    parameters[name] = packed(
      P,
      drawn.map((block) => withRadius(block, init)),
    )
  }
  for (const [name, data] of Object.entries(cell.dynamics?.draw(H, (tensor) => random(seed, prefix + tensor)) ?? {}))
    parameters[prefix + name] = { shape: parameterShapes(network)[prefix + name]!, data }
  if (isProjected(layers[layer]!))
    parameters[`${prefix}Wp`] = packed(H, [glorotUniform(H, P, random(seed, `${prefix}Wp`))])
  return parameters
}

/** Every eigenvalue of an orthogonal matrix and of the identity has magnitude 1, so those need no search. */
function withRadius(block: Matrix, { spectral_radius: radius, recurrent }: Init): Matrix {
  if (radius === null) return block
  if (recurrent === 'orthogonal' || recurrent === 'identity') {
    return { ...block, data: block.data.map((element) => element * radius) }
  }
  return scaledTo(radius, block)
}

/** Blocks of `rows` rows, side by side. */
function packed(rows: number, blocks: readonly Matrix[]): HostTensor {
  const columns = blocks.reduce((sum, block) => sum + block.columns, 0)
  const data = new Float64Array(rows * columns)
  let first = 0
  for (const block of blocks) {
    for (let row = 0; row < rows; row++) {
      data.set(block.data.subarray(row * block.columns, (row + 1) * block.columns), row * columns + first)
    }
    first += block.columns
  }
  return { shape: [rows, columns], data }
}

function vector(blocks: readonly Float64Array[]): HostTensor {
  const data = Float64Array.from(blocks.flatMap((block) => [...block]))
  return { shape: [data.length], data }
}
