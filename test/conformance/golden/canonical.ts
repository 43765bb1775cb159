// Two views of the same parameters. Packed (cell.ts): Wx [X,gH], Wh [H,gH], b [gH], Wo [H,K]. Canonical (docs/math/notation.md): one
// weight W{gate} [H,X+H] over [x_t, h_{t-1}] and one bias b{gate} [H] for each gate, P [H,H], Wo [K,H]; what is
// left (embedding, vectors p, u, h0) is the same in both.

import { named, outputSize, parameterShapes, type HostTensor, type Network } from '@unroll/bptt'

type HostTensors = Readonly<Record<string, HostTensor>>
type Shapes = Readonly<Record<string, readonly number[]>>
type Numbers = HostTensor['data']
type Recurrent = Network['cell']['recurrent'][number]

/** A block of a packed tensor and its transposed place: canonical[c, toColumn + r] = packed[r, fromColumn + c]. */
interface Block {
  readonly packed: string
  readonly canonical: string
  readonly rows: number
  readonly columns: number
  readonly fromColumn: number
  readonly toColumn: number
}

/** Every tensor by its canonical name, in float64; parameters, or gradients of the same names. */
export function toCanonical(network: Network, packed: HostTensors): HostTensors {
  const canonical = zeroTensors(canonicalShapes(network))
  walk(network, packed, canonical, (from, at, to, place) => {
    to[place] = from[at]!
  })
  return { ...same(network, packed, ({ packed: name }) => name), ...canonical }
}

/** Inverse of toCanonical. */
export function fromCanonical(network: Network, canonical: HostTensors): HostTensors {
  const packed = zeroTensors(parameterShapes(network))
  walk(network, packed, canonical, (to, place, from, at) => {
    to[place] = from[at]!
  })
  return { ...packed, ...same(network, canonical, ({ canonical: name }) => name) }
}

/** Shapes by canonical name. */
function canonicalShapes(network: Network): Shapes {
  const { cell, readout } = network
  const shapes: Record<string, readonly number[]> = {}
  for (const [layer, { inputSize: X, hiddenSize: H }] of network.layers.entries()) {
    for (const gate of cell.gates) {
      const recurrent = cell.recurrent.some((weight) => sharesWith(gate, weight)) ? H : 0
      shapes[`layers.${layer}.W${gate}`] = [H, X + recurrent]
      shapes[`layers.${layer}.b${gate}`] = [H]
    }
    for (const { parameter } of ownMatrices(network)) shapes[`layers.${layer}.${parameter}`] = [H, H]
  }
  shapes['readout.Wo'] = [readout.size, outputSize(network)]
  shapes['readout.bo'] = [readout.size]
  return shapes
}

/** True for a weight that is columns of W{gate}, behind those of x. */
function sharesWith(gate: string, { gates, connection }: Recurrent): boolean {
  return connection === undefined && gates.includes(gate)
}

/** Weights [H,H] that are matrices of their own: peepholes. */
function ownMatrices(network: Network): readonly Recurrent[] {
  const shapes = parameterShapes(network)
  return network.cell.recurrent.filter(
    ({ connection, parameter }) => connection !== undefined && shapes[`layers.0.${parameter}`]?.length === 2,
  )
}

function zeroTensors(shapes: Shapes): Record<string, HostTensor> {
  const zeros = (shape: readonly number[]) => new Float64Array(shape.reduce((a, b) => a * b, 1))
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, data: zeros(shape) }]))
}

function blocks(network: Network): readonly Block[] {
  const { readout } = network
  const whole = { columns: readout.size, fromColumn: 0, toColumn: 0 }
  return [
    ...network.layers.flatMap((_, layer) => layerBlocks(network, layer)),
    { packed: 'readout.Wo', canonical: 'readout.Wo', rows: outputSize(network), ...whole },
    { packed: 'readout.bo', canonical: 'readout.bo', rows: 1, ...whole },
  ]
}

function layerBlocks(network: Network, layer: number): readonly Block[] {
  const { cell, layers } = network
  const { inputSize: X, hiddenSize: H } = layers[layer]!
  const prefix = `layers.${layer}.`
  const own = ownMatrices(network).map(({ parameter }) => {
    const name = prefix + parameter
    return { packed: name, canonical: name, rows: H, columns: H, fromColumn: 0, toColumn: 0 }
  })
  const shared = cell.gates.flatMap((gate, column) => {
    const weight = { canonical: `${prefix}W${gate}`, columns: H }
    const place = { columns: H, fromColumn: column * H, toColumn: 0 }
    const recurrent = cell.recurrent
      .filter((each) => sharesWith(gate, each))
      .map(({ parameter, gates }) => ({
        ...weight,
        packed: prefix + parameter,
        rows: H,
        fromColumn: gates.indexOf(gate) * H,
        toColumn: X,
      }))
    return [
      { ...weight, ...place, packed: `${prefix}Wx`, rows: X },
      { ...place, packed: `${prefix}b`, canonical: `${prefix}b${gate}`, rows: 1 },
      ...recurrent,
    ]
  })
  return [...shared, ...own]
}

/** Visits every number of every block at both of its places; a vector [C] counts as packed [1,C] and canonical [C,1]. */
function walk(
  network: Network,
  packed: HostTensors,
  canonical: HostTensors,
  visit: (packed: Numbers, at: number, canonical: Numbers, place: number) => void,
): void {
  for (const { packed: from, canonical: to, rows, columns, fromColumn, toColumn } of blocks(network)) {
    const [a, b] = [named(packed, from), named(canonical, to)]
    const [width, wide] = [a.shape.at(-1) ?? 1, b.shape[1] ?? 1]
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) visit(a.data, r * width + fromColumn + c, b.data, c * wide + toColumn + r)
  }
}

/** Tensors that no block moves: embedding, vectors of a unit's own, learned initial states. */
function same(network: Network, tensors: HostTensors, nameOf: (block: Block) => string): HostTensors {
  const moved = new Set(blocks(network).map(nameOf))
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !moved.has(name)))
}
