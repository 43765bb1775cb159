// The weights of a layer of ours as those of a standard layer: blocks of its gates, in the order of a tool.

import type { Network } from '@unroll/bptt'
import type { CellName } from '@unroll/contract'
import { OPEN, OPEN_BIAS, STANDARD_CELLS, type StandardGate, type Tool } from './standard_cells.ts'
import type { Block, ConstantBlock } from './layout.ts'

export interface StandardNames {
  /** Weights of the inputs, [gH,X]; of Keras [X,gH]. */
  readonly input: string
  /** Weights of h_{t-1}, [gH,H], of a projection [gH,P]; of Keras [H,gH]. */
  readonly recurrent: string
  /** Biases [gH], and where in its tensor they begin. */
  readonly bias: { readonly name: string; readonly at: number }
  /** Second biases, which are added to the first, or to the product of h_{t-1} alone; none unless given. */
  readonly recurrentBias?: { readonly name: string; readonly at: number }
}

export interface StandardLayerPlan {
  readonly tool: Tool
  readonly cell: CellName
  readonly names: StandardNames
}

/** Blocks of one layer, of a cell that a standard layer computes. */
export function standardBlocks(
  network: Network,
  layer: number,
  { tool, cell, names }: StandardLayerPlan,
): { readonly blocks: readonly Block[]; readonly constants: readonly ConstantBlock[] } {
  const gates = STANDARD_CELLS[cell]!.gates[tool]
  const blocks: Block[] = []
  const constants: ConstantBlock[] = []
  for (const [place, gate] of gates.entries()) {
    const at = {
      network,
      layer,
      gate,
      place,
      width: hasColumns(tool) ? gates.length * network.layers[layer]!.hiddenSize : undefined,
    }
    if (gate.gate === OPEN) constants.push(...openGate(at, names))
    else blocks.push(...gateBlocks(at, names))
  }
  return { blocks, constants }
}

/** Whether a tool multiplies rows by its weights, with the gates side by side. */
function hasColumns(tool: Tool): boolean {
  return tool === 'keras'
}

/** A gate of a standard layer by its place among them. */
interface GatePlace {
  readonly network: Network
  readonly layer: number
  readonly gate: StandardGate
  readonly place: number
  /** gH where a tool has the gates in columns; undefined where it has them in rows. */
  readonly width: number | undefined
}

type TheirPlace = Pick<Block, 'theirs' | 'rows' | 'columns' | 'at' | 'rowStep' | 'columnStep'>

/** Where a gate's numbers are in the tensors of a standard layer. */
function theirPlaces({ network, layer, place, width }: GatePlace, names: StandardNames) {
  const { inputSize: X, hiddenSize: H, outputSize: P } = network.layers[layer]!
  const matrix = (theirs: string, rows: number): TheirPlace => ({
    theirs,
    rows,
    columns: H,
    ...(width === undefined
      ? { at: place * H * rows, rowStep: 1, columnStep: rows }
      : { at: place * H, rowStep: width, columnStep: 1 }),
  })
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
    recurrent: matrix(names.recurrent, P),
    bias: vector(names.bias),
    recurrentBias: names.recurrentBias && vector(names.recurrentBias),
  }
}

function gateBlocks(gatePlace: GatePlace, names: StandardNames): Block[] {
  const { network, layer, gate } = gatePlace
  const { cell } = network
  const { name, hiddenSize: H } = network.layers[layer]!
  const theirs = theirPlaces(gatePlace, names)
  const own = (parameter: string, gates: readonly string[]) => ({
    packed: `${name}.${parameter}`,
    from: gates.indexOf(gate.gate) * H,
    sign: gate.sign,
  })
  const has = ({ gates }: { readonly gates: readonly string[] }) => gates.includes(gate.gate)
  const recurrent = cell.recurrent.find((weight) => weight.connection === undefined && has(weight))!
  const ownBias = cell.recurrentBiases?.find(has)
  const second = ownBias ? own(ownBias.parameter, ownBias.gates) : { ...own('b', cell.gates), isSecond: true }
  return [
    { ...theirs.input, ...own('Wx', cell.gates) },
    { ...theirs.recurrent, ...own(recurrent.parameter, recurrent.gates) },
    { ...theirs.bias, ...own('b', cell.gates) },
    ...(theirs.recurrentBias === undefined ? [] : [{ ...theirs.recurrentBias, ...second }]),
  ]
}

/** A gate without weights: σ(20) whatever comes in. */
function openGate(gatePlace: GatePlace, names: StandardNames): ConstantBlock[] {
  const { input, recurrent, bias, recurrentBias } = theirPlaces(gatePlace, names)
  const zeros = [input, recurrent, ...(recurrentBias === undefined ? [] : [recurrentBias])].map((place) => ({
    ...place,
    value: 0,
  }))
  return [...zeros, { ...bias, value: OPEN_BIAS }]
}
