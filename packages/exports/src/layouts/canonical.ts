// The view of docs/math/notation.md: one weight W{gate} [H,X+H] over [x_t, h_{t-1}] and one bias b{gate} [H] for each gate,
// peepholes P [H,H], Wo [K,H]. With a projection Wp [P,H], and h_{t-1} has P numbers. With layer_norm also one gain g{gate} [H] for each.
// What is left (embedding, vectors p and u, h0, bm, gcell, bcell) is the same as packed.

import { addsBias, parameterShapes, type Network } from '@unroll/bptt'
import {
  fromLayout,
  toLayout,
  transposed,
  wholeTensor,
  type Block,
  type HostTensors,
  type Layout,
  type Shapes,
} from './layout.ts'

type Recurrent = Network['cell']['recurrent'][number]

/** Every tensor by its canonical name; parameters, or gradients of the same names. */
export function toCanonical(network: Network, packed: HostTensors): HostTensors {
  return toLayout(canonicalLayout(network), packed)
}

/** Inverse of toCanonical. */
export function fromCanonical(network: Network, canonical: HostTensors): HostTensors {
  return fromLayout(canonicalLayout(network), parameterShapes(network), canonical)
}

export function canonicalLayout(network: Network): Layout {
  const packed = parameterShapes(network)
  const layers = network.layers.map((_, layer) => layerBlocks(network, packed, layer))
  const readout = [
    transposed('readout.Wo', 'readout.Wo', packed['readout.Wo']!),
    wholeTensor('readout.bo', 'readout.bo', packed['readout.bo']!),
  ]
  const blocks = [...layers.flatMap((layer) => layer.blocks), ...readout]
  const shapes: Record<string, readonly number[]> = Object.assign({}, ...layers.map((layer) => layer.shapes))
  shapes['readout.Wo'] = packed['readout.Wo']!.toReversed()
  shapes['readout.bo'] = packed['readout.bo']!
  const moved = new Set(blocks.map(({ packed: name }) => name))
  for (const [name, shape] of Object.entries(packed)) {
    if (moved.has(name)) continue
    shapes[name] = shape
    blocks.push(wholeTensor(name, name, shape))
  }
  return { shapes, blocks, constants: [] }
}

function layerBlocks(
  network: Network,
  packed: Shapes,
  layer: number,
): { blocks: readonly Block[]; shapes: Record<string, readonly number[]> } {
  const { cell } = network
  const { name, inputSize: X, hiddenSize: H, outputSize: P } = network.layers[layer]!
  const prefix = `${name}.`
  const isNormalised = addsBias(cell)
  const shapes: Record<string, readonly number[]> = {}
  const blocks = cell.gates.flatMap((gate, place): Block[] => {
    const recurrent = cell.recurrent.filter((weight) => isShared(gate, weight))
    const [weight, bias, gain] = ['W', 'b', 'g'].map((kind) => `${prefix}${kind}${gate}`) as [string, string, string]
    const columns = X + (recurrent.length > 0 ? P : 0)
    shapes[weight] = [H, columns]
    shapes[bias] = [H]
    if (isNormalised) shapes[gain] = [H]
    const block = {
      theirs: weight,
      columns: H,
      from: place * H,
      at: 0,
      rowStep: 1,
      columnStep: columns,
      sign: 1,
    } as const
    return [
      { ...block, packed: `${prefix}Wx`, rows: X },
      ...recurrent.map(({ parameter, gates }) => ({
        ...block,
        packed: prefix + parameter,
        rows: P,
        from: gates.indexOf(gate) * H,
        at: X,
      })),
      { ...block, packed: `${prefix}b`, theirs: bias, rows: 1, rowStep: 0, columnStep: 1 },
      ...(isNormalised
        ? [{ ...block, packed: `${prefix}gain`, theirs: gain, rows: 1, rowStep: 0, columnStep: 1 }]
        : []),
    ]
  })
  for (const matrix of ownMatrices(network, packed, prefix)) {
    shapes[matrix] = [H, H]
    blocks.push(transposed(matrix, matrix, [H, H]))
  }
  const projection = `${prefix}Wp`
  if (packed[projection] !== undefined) {
    shapes[projection] = [P, H]
    blocks.push(transposed(projection, projection, [H, P]))
  }
  return { blocks, shapes }
}

/** True for a weight that is columns of W{gate}, behind those of x. */
function isShared(gate: string, { gates, connection }: Recurrent): boolean {
  return connection === undefined && gates.includes(gate)
}

/** Weights [H,H] that are matrices of their own: peepholes. */
function ownMatrices({ cell }: Network, packed: Shapes, prefix: string): readonly string[] {
  return cell.recurrent
    .filter(({ connection, parameter }) => connection !== undefined && packed[prefix + parameter]?.length === 2)
    .map(({ parameter }) => prefix + parameter)
}
