// The weights of a layer of ours as those of a standard layer: blocks of its gates, in the order of a tool.

import type { Network } from '@unroll/bptt'
import type { CellName } from '@unroll/contract'
import { OPEN, OPEN_BIAS, STANDARD_CELLS, type StandardGate, type Tool } from './standard_cells.ts'
import type { Block, ConstantBlock } from './layout.ts'

/** How a tool holds a weight of all gates. */
type Orientation = 'unit rows' | 'unit columns'

export interface StandardNames {
  /** Weights of the inputs: [gH,X] in unit rows, [X,gH] in unit columns. */
  readonly input: string
  /** Weights of h_{t-1}: [gH,H] or [H,gH]. */
  readonly recurrent: string
  /** Biases [gH], and where in its tensor they begin. */
  readonly bias: { readonly name: string; readonly at: number }
  /** Second biases, which are added to the first, or to the product of h_{t-1} alone; a tool may have none. */
  readonly recurrentBias?: { readonly name: string; readonly at: number }
}

export interface StandardLayerPlan {
  readonly tool: Tool
  readonly cell: CellName
  readonly orientation: Orientation
  readonly names: StandardNames
}

/** Blocks of one layer, of a cell that a standard layer computes. */
export function standardBlocks(
  network: Network,
  layer: number,
  { tool, cell, orientation, names }: StandardLayerPlan,
): { readonly blocks: readonly Block[]; readonly constants: readonly ConstantBlock[] } {
  const gates = STANDARD_CELLS[cell]!.gates[tool]
  const blocks: Block[] = []
  const constants: ConstantBlock[] = []
  for (const [place, gate] of gates.entries()) {
    const at = { network, layer, gate, place, count: gates.length }
    if (gate.gate === OPEN) constants.push(...openGate(at, orientation, names))
    else blocks.push(...gateBlocks(at, orientation, names))
  }
  return { blocks, constants }
}

/** A gate of a standard layer by its place among them. */
interface GatePlace {
  readonly network: Network
  readonly layer: number
  readonly gate: StandardGate
  readonly place: number
  readonly count: number
}

type TheirPlace = Pick<Block, 'theirs' | 'rows' | 'columns' | 'at' | 'rowStep' | 'columnStep'>

/** Where a gate's numbers are in the tensors of a standard layer. */
function theirPlaces({ network, layer, place, count }: GatePlace, orientation: Orientation, names: StandardNames) {
  const { inputSize: X, hiddenSize: H } = network.layers[layer]!
  const matrix = (theirs: string, rows: number): TheirPlace =>
    orientation === 'unit rows'
      ? { theirs, rows, columns: H, at: place * H * rows, rowStep: 1, columnStep: rows }
      : { theirs, rows, columns: H, at: place * H, rowStep: count * H, columnStep: 1 }
  const vector = ({ name, at }: StandardNames['bias']): TheirPlace => ({
    theirs: name,
    rows: 1,
    columns: H,
    at: at + place * H,
    rowStep: 0,
    columnStep: 1,
  })
  return {
    input: matrix(names.input, X),
    recurrent: matrix(names.recurrent, H),
    bias: vector(names.bias),
    ...(names.recurrentBias && { recurrentBias: vector(names.recurrentBias) }),
  }
}

function gateBlocks(gatePlace: GatePlace, orientation: Orientation, names: StandardNames): Block[] {
  const { network, layer, gate } = gatePlace
  const { cell } = network
  const { hiddenSize: H } = network.layers[layer]!
  const theirs = theirPlaces(gatePlace, orientation, names)
  const own = (parameter: string, gates: readonly string[]) => ({
    packed: `layers.${layer}.${parameter}`,
    from: gates.indexOf(gate.gate) * H,
    sign: gate.sign,
  })
  const has = ({ gates }: { readonly gates: readonly string[] }) => gates.includes(gate.gate)
  const recurrent = cell.recurrent.find((weight) => weight.connection === undefined && has(weight))!
  const ownBias = cell.recurrentBiases?.find(has)
  const blocks: Block[] = [
    { ...theirs.input, ...own('Wx', cell.gates) },
    { ...theirs.recurrent, ...own(recurrent.parameter, recurrent.gates) },
    { ...theirs.bias, ...own('b', cell.gates) },
  ]
  if (theirs.recurrentBias === undefined) return blocks
  const second: Block = ownBias
    ? { ...theirs.recurrentBias, ...own(ownBias.parameter, ownBias.gates) }
    : { ...theirs.recurrentBias, ...own('b', cell.gates), isSecond: true }
  return [...blocks, second]
}

/** A gate without weights: σ(20) whatever comes in. */
function openGate(gatePlace: GatePlace, orientation: Orientation, names: StandardNames): ConstantBlock[] {
  const { input, recurrent, bias, recurrentBias } = theirPlaces(gatePlace, orientation, names)
  const zeros = [input, recurrent, ...(recurrentBias ? [recurrentBias] : [])]
  return [...zeros.map((place) => ({ ...place, value: 0 })), { ...bias, value: OPEN_BIAS }]
}
