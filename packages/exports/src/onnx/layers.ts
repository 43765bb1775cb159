// A recurrent layer in a graph: by the operator that ONNX has for its cell, or step by step. Both directions of a layer are one
// operator, or a scan each.

import { addsBias, keepZones, under } from '@unroll/bptt'
import { hasZoneout, type Model } from '@unroll/contract'
import type { FloatTensor, TrainedNetwork } from '../model.ts'
import { toLayout, wholeTensor, type Block, type HostTensors, type Layout } from '../layouts/layout.ts'
import { standardBlocks } from '../layouts/standard.ts'
import { STANDARD_CELLS, type StandardLayer } from '../layouts/standard_cells.ts'
import { cellOps, type SizedValue } from './cell_ops.ts'
import { DataType, type Attributes, type GraphWriter, type Value } from './graph.ts'

/** What a layer reads of all steps: numbers [T,N,X], or one of `size` symbols by its id, [T,N]. */
export type LayerInputs =
  | { readonly kind: 'vectors'; readonly x: Value }
  | { readonly kind: 'symbols'; readonly ids: Value; readonly size: number }

export interface LayerPlan {
  readonly graph: GraphWriter
  readonly model: TrainedNetwork
  /** Places of its directions in the table of layers: one, or forward and backward. */
  readonly rows: readonly number[]
  readonly inputs: LayerInputs
  /** Steps of each row, int32 [N]. */
  readonly lengths: Value
  /** Whether a row still goes on at a step, bool [T,N,1]. */
  readonly alive: Value
  /** States of its directions before the first step that each takes, [D,N,H] by name. */
  readonly before: States
}

type States = Readonly<Record<string, Value>>

export interface LayerOutputs {
  /** h_t of all steps, of both directions side by side, [T,N,H]; nothing is said of steps behind the end of a row. */
  readonly hs: Value
  /** States of its directions after the last step that each takes of each row, [D,N,H] by name; of a row without steps, anything. */
  readonly after: States
}

export function writeLayer(plan: LayerPlan): LayerOutputs {
  return hasOperator(plan.model.spec.model) ? writeOperator(plan) : writeScan(plan)
}

/** Whether ONNX has an operator for a cell and what it is told. Its peepholes are vectors. */
function hasOperator(model: Model): boolean {
  const isFull = 'peephole' in model && model.peephole === 'full'
  return STANDARD_CELLS[model.cell] !== undefined && !isFull && model.layer_norm !== true && !hasZoneout(model)
}

const OPERATORS: Readonly<Record<StandardLayer, string>> = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' }

/** Activations of RNN. Without its numbers onnxruntime computes Affine as 0·x. */
const ACTIVATIONS: Readonly<Record<Activation, { readonly name: string; readonly numbers?: Record<string, number> }>> =
  {
    tanh: { name: 'Tanh' },
    relu: { name: 'Relu' },
    sigmoid: { name: 'Sigmoid' },
    identity: { name: 'Affine', numbers: { activation_alpha: 1, activation_beta: 0 } },
  }
type Activation = Extract<Model, { cell: 'rnn' }>['activation']

function writeOperator({ graph, model, rows, inputs, lengths, before }: LayerPlan): LayerOutputs {
  const { cell, layers } = model.network
  const { depth, hiddenSize: H } = layers[rows[0]!]!
  const isBoth = rows.length > 1
  const standard = STANDARD_CELLS[model.spec.model.cell]!
  const weights = joinDirections(rows.map((row) => toLayout(operatorLayout(model, row), model.parameters)))
  const constant = (name: string) => {
    const tensor = weights[name]
    return tensor && graph.constant(`layers.${depth}.${name}`, tensor.shape, tensor.data)
  }
  const { x, W } = readInputs(graph, inputs, weights['W']!, `layers.${depth}`)
  const made = graph.addMany(
    OPERATORS[standard.layer],
    [x, W, constant('R'), constant('B'), lengths, ...cell.states.map((state) => before[state]), constant('P')],
    1 + cell.states.length,
    {
      hidden_size: H,
      ...(isBoth && { direction: 'bidirectional' }),
      ...TOLD[standard.layer](model.spec.model, rows.length),
    },
  )
  const [Y, ...last] = made as [Value, ...Value[]] // Y [T,D,N,H]
  const after = Object.fromEntries(cell.states.map((state, index) => [state, last[index]!]))
  const sideBySide = () => graph.add('Transpose', [Y], { perm: [0, 2, 1, 3] }) // [T,N,D,H]
  const hs = isBoth
    ? graph.add('Reshape', [sideBySide(), graph.integers([0, 0, 2 * H])])
    : graph.add('Squeeze', [Y, graph.integers([1])])
  return { hs, after }
}

/** Weights [1,…] of each direction as those of the operator, [D,…]. */
function joinDirections(directions: readonly HostTensors[]): Readonly<Record<string, FloatTensor>> {
  const joined = Object.entries(directions[0]!).map(([name, { shape }]) => {
    const data = Float32Array.from(directions.flatMap((own) => [...own[name]!.data]))
    return [name, { shape: [directions.length, ...shape.slice(1)], data }]
  })
  return Object.fromEntries(joined) as Record<string, FloatTensor>
}

/** What an operator is told beside its weights. */
const TOLD: Readonly<Record<StandardLayer, (model: Model, directions: number) => Attributes>> = {
  rnn: (model, directions) => ('activation' in model ? describeActivation(model.activation, directions) : {}),
  gru: (model) => ({ linear_before_reset: Number('reset' in model && model.reset === 'after') }),
  lstm: () => ({}),
}

/** The activation of each direction. */
function describeActivation(activation: Activation, directions: number): Attributes {
  const { name, numbers = {} } = ACTIVATIONS[activation]
  const each = <Item>(item: Item): Item[] => Array.from({ length: directions }, () => item)
  return {
    activations: { strings: each(name) },
    ...Object.fromEntries(Object.entries(numbers).map(([attribute, number]) => [attribute, { floats: each(number) }])),
  }
}

/** Of a direction: W [1,gH,X], R [1,gH,H], B [1,2gH] and, of peepholes, P [1,3H] i|o|f. */
function operatorLayout({ network, spec }: TrainedNetwork, layer: number): Layout {
  const { name: own, inputSize: X, hiddenSize: H } = network.layers[layer]!
  const prefix = `${own}.`
  const { cell } = spec.model
  const standard = STANDARD_CELLS[cell]!
  const gH = standard.gates.onnx.length * H
  const names = { input: 'W', recurrent: 'R', bias: { name: 'B', at: 0 }, recurrentBias: { name: 'B', at: gH } }
  const { blocks, constants } = standardBlocks(network, layer, { tool: 'onnx', cell, names })
  const peepholes = standard.peepholes.map((name, place): Block => ({
    ...wholeTensor(prefix + name, 'P', [H]),
    at: place * H,
  }))
  return {
    shapes: { W: [1, gH, X], R: [1, gH, H], B: [1, 2 * gH], ...(peepholes.length > 0 && { P: [1, 3 * H] }) },
    blocks: [...blocks, ...peepholes],
    constants,
  }
}

/**
 * What an operator reads, and its weights [D,gH,X]. Symbols are one-hot where they are few; where they are many their rows of W
 * are looked up, those of both directions side by side, and each direction takes its own through the identity: D·gH² products a
 * step in place of V·gH.
 */
function readInputs(
  graph: GraphWriter,
  inputs: LayerInputs,
  W: FloatTensor,
  prefix: string,
): { readonly x: Value; readonly W: Value } {
  if (inputs.kind === 'vectors') return { x: inputs.x, W: graph.constant(`${prefix}.W`, W.shape, W.data) }
  const [D = 0, gH = 0] = W.shape
  const width = D * gH
  const V = inputs.size
  if (V <= width) {
    const range = graph.constant('off_on', [2], Float32Array.of(0, 1))
    const x = graph.add('OneHot', [inputs.ids, graph.integer(V), range], { axis: -1 })
    return { x, W: graph.constant(`${prefix}.W`, W.shape, W.data) }
  }
  const rows = Float32Array.from(W.data, (_, at) => W.data[(at % width) * V + Math.floor(at / width)]!) // [V,D·gH]
  const identity = Float32Array.from({ length: width * width }, (_, at) => Number(at % (width + 1) === 0))
  return {
    x: graph.add('Gather', [graph.constant(`${prefix}.W_rows`, [V, width], rows), inputs.ids]),
    W: graph.constant(`${prefix}.W`, [D, gH, width], identity),
  }
}

/** The step of a cell in primitive operations, for all steps, in each direction. */
function writeScan({ rows, before, ...plan }: LayerPlan): LayerOutputs {
  const { graph } = plan
  const pick = (direction: number) =>
    mapStates(before, (state) => graph.add('Gather', [state, graph.integer(direction)], { axis: 0 }))
  const directions = rows.map((row, direction) => scanDirection({ ...plan, row, before: pick(direction) }))
  return {
    hs: graph.join(
      directions.map(({ hs }) => hs),
      -1,
    ),
    after: mapStates(before, (_, name) => graph.stack(directions.map(({ after }) => after[name]!))),
  }
}

function mapStates(states: States, map: (state: Value, name: string) => Value): States {
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, map(state, name)]))
}

interface DirectionPlan extends Omit<LayerPlan, 'rows' | 'lengths'> {
  readonly row: number
  /** [N,H] by name. */
  readonly before: States
}

/** A backward direction goes through the steps from the last: where a row has ended its state stays, so that it begins at the row's own last step. */
function scanDirection({ graph, model, row, inputs, alive, before }: DirectionPlan): LayerOutputs {
  const { cell, zoneout: rates } = model.network
  const { name: ownName, direction, hiddenSize: H } = model.network.layers[row]!
  const prefix = `${ownName}.`
  const learned = model.network.learnedStates.map((state) => `${state}0`) // which whoever runs the graph gives it
  const own = Object.entries(under(model.parameters, prefix)).filter(([name]) => !learned.includes(name))
  const constants = own.map(([name, { shape, data }]) => [
    name,
    { ...graph.constant(prefix + name, shape, data), shape },
  ])
  const given = Object.fromEntries(constants) as Record<string, SizedValue>
  const p = { ...given, ...cell.dynamics?.make(cellOps(graph), given) } as Record<string, SizedValue>
  const wx = project(graph, inputs, p['Wx']!, addsBias(cell) ? undefined : p['b']!)
  const body = graph.inner()
  const state = (name: string) => body.input({ name: `${prefix}${name}`, type: DataType.FLOAT, shape: ['batch', H] })
  const previous = Object.fromEntries(cell.states.map((name) => [name, { ...state(name), shape: [-1, H] }]))
  const [gH = 0] = p['b']!.shape
  const a = body.input({ name: `${prefix}wx`, type: DataType.FLOAT, shape: ['batch', gH] })
  const isAlive = body.input({ name: `${prefix}alive`, type: DataType.BOOL, shape: ['batch', 1] })
  const seen = previous['h']!
  const ops = cellOps(body)
  const made = cell.forward(ops, p, { ...a, shape: [-1, gH] }, { ...previous, seen }).state
  const next = keepZones(ops, { rates, masks: {} }, { previous, made })
  const kept = cell.states.map((name) => body.add('Where', [isAlive, next[name]!, previous[name]!]))
  for (const [index, name] of cell.states.entries())
    body.output(kept[index]!, { name: `${prefix}${name}.next`, type: DataType.FLOAT, shape: ['batch', H] })
  body.output(kept[0]!, { name: `${prefix}h.step`, type: DataType.FLOAT, shape: ['batch', H] })
  const outputs = graph.addMany(
    'Scan',
    [...cell.states.map((name) => before[name]!), wx, alive],
    cell.states.length + 1,
    {
      body: body.finish(`${prefix}step`),
      num_scan_inputs: 2,
      ...(direction === 'backward' && { scan_input_directions: [1, 1], scan_output_directions: [1] }),
    },
  )
  return {
    hs: outputs.at(-1)!,
    after: Object.fromEntries(cell.states.map((name, index) => [name, outputs[index]!])),
  }
}

/** Wx x_t + b of all steps, [T,N,gH]; without b where the cell adds it. */
function project(graph: GraphWriter, inputs: LayerInputs, Wx: Value, b: Value | undefined): Value {
  const rows = inputs.kind === 'vectors' ? graph.add('MatMul', [inputs.x, Wx]) : graph.add('Gather', [Wx, inputs.ids])
  return b === undefined ? rows : graph.add('Add', [rows, b])
}
