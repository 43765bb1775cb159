// A recurrent layer in a graph: by the operator that ONNX has for its cell, or step by step.

import { addsBias, under } from '@unroll/bptt'
import type { Model } from '@unroll/contract'
import type { FloatTensor, TrainedNetwork } from '../model.ts'
import { toLayout, wholeTensor, type Block, type Layout } from '../layouts/layout.ts'
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
  readonly layer: number
  readonly inputs: LayerInputs
  /** Steps of each row, int32 [N]. */
  readonly lengths: Value
  /** Whether a row still goes on at a step, bool [T,N,1]. */
  readonly alive: Value
  /** States before the first step, [N,H] by name. */
  readonly before: Readonly<Record<string, Value>>
}

export interface LayerOutputs {
  /** h_t of all steps, [T,N,H]; nothing is said of steps behind the end of a row. */
  readonly hs: Value
  /** States after the last step of each row, [N,H] by name. */
  readonly after: Readonly<Record<string, Value>>
}

export function writeLayer(plan: LayerPlan): LayerOutputs {
  return hasOperator(plan.model.spec.model) ? writeOperator(plan) : writeScan(plan)
}

/** Whether ONNX has an operator for a cell. Its peepholes are vectors. */
function hasOperator(model: Model): boolean {
  const isFull = 'peephole' in model && model.peephole === 'full'
  return STANDARD_CELLS[model.cell] !== undefined && !isFull && model.layer_norm !== true
}

const OPERATORS: Readonly<Record<StandardLayer, string>> = { rnn: 'RNN', gru: 'GRU', lstm: 'LSTM' }

/** Activations of RNN. Without its numbers onnxruntime computes Affine as 0·x. */
const ACTIVATIONS: Readonly<Record<string, Attributes>> = {
  tanh: { activations: { strings: ['Tanh'] } },
  relu: { activations: { strings: ['Relu'] } },
  sigmoid: { activations: { strings: ['Sigmoid'] } },
  identity: {
    activations: { strings: ['Affine'] },
    activation_alpha: { floats: [1] },
    activation_beta: { floats: [0] },
  },
}

function writeOperator({ graph, model, layer, inputs, lengths, before }: LayerPlan): LayerOutputs {
  const { cell } = model.network
  const { hiddenSize: H } = model.network.layers[layer]!
  const standard = STANDARD_CELLS[model.spec.model.cell]!
  const weights = toLayout(operatorLayout(model, layer), model.parameters) as Record<string, FloatTensor>
  const constant = (name: string) => {
    const tensor = weights[name]
    return tensor && graph.constant(`layers.${layer}.${name}`, tensor.shape, tensor.data)
  }
  const { x, W } = readInputs(graph, inputs, weights['W']!, `layers.${layer}`)
  const initial = cell.states.map((state) => graph.add('Unsqueeze', [before[state]!, graph.integers([0])])) // [1,N,H]
  const made = graph.addMany(
    OPERATORS[standard.layer],
    [x, W, constant('R'), constant('B'), lengths, ...initial, constant('P')],
    1 + cell.states.length,
    { hidden_size: H, ...DESCRIBED[standard.layer](model.spec.model) },
  )
  const [Y, ...last] = made as [Value, ...Value[]]
  const isEmpty = graph.add('Unsqueeze', [
    graph.add('Equal', [lengths, graph.constant('zero', [], Int32Array.of(0))]),
    graph.integers([1]),
  ])
  // onnxruntime answers a row without steps by zeros, and not by the state that it began with.
  const after = cell.states.map((state, index) => [
    state,
    graph.add('Where', [isEmpty, before[state]!, graph.add('Squeeze', [last[index]!, graph.integers([0])])]),
  ])
  return {
    hs: graph.add('Squeeze', [Y, graph.integers([1])]),
    after: Object.fromEntries(after) as LayerOutputs['after'],
  }
}

/** What an operator is told beside its weights. */
const DESCRIBED: Readonly<Record<StandardLayer, (model: Model) => Attributes>> = {
  rnn: (model) => ('activation' in model ? ACTIVATIONS[model.activation]! : {}),
  gru: (model) => ({ linear_before_reset: Number('reset' in model && model.reset === 'after') }),
  lstm: () => ({}),
}

/** W [1,gH,X], R [1,gH,H], B [1,2gH] and, of peepholes, P [1,3H] i|o|f. */
function operatorLayout({ network, spec }: TrainedNetwork, layer: number): Layout {
  const { inputSize: X, hiddenSize: H } = network.layers[layer]!
  const prefix = `layers.${layer}.`
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
 * What an operator reads, and its weights. Symbols are one-hot where they are few; where they are many their rows of W are
 * looked up and go through the identity, which takes gH² products a step in place of V·gH.
 */
function readInputs(
  graph: GraphWriter,
  inputs: LayerInputs,
  W: FloatTensor,
  prefix: string,
): { readonly x: Value; readonly W: Value } {
  if (inputs.kind === 'vectors') return { x: inputs.x, W: graph.constant(`${prefix}.W`, W.shape, W.data) }
  const [, gH = 0] = W.shape
  const V = inputs.size
  if (V <= gH) {
    const range = graph.constant('off_on', [2], Float32Array.of(0, 1))
    const x = graph.add('OneHot', [inputs.ids, graph.integer(V), range], { axis: -1 })
    return { x, W: graph.constant(`${prefix}.W`, W.shape, W.data) }
  }
  const rows = Float32Array.from(W.data, (_, at) => W.data[(at % gH) * V + Math.floor(at / gH)]!) // [V,gH]
  const identity = Float32Array.from({ length: gH * gH }, (_, at) => Number(at % (gH + 1) === 0))
  return {
    x: graph.add('Gather', [graph.constant(`${prefix}.W_rows`, [V, gH], rows), inputs.ids]),
    W: graph.constant(`${prefix}.W`, [1, gH, gH], identity),
  }
}

/** The step of a cell in primitive operations, for all steps. */
function writeScan({ graph, model, layer, inputs, alive, before }: LayerPlan): LayerOutputs {
  const { cell } = model.network
  const { hiddenSize: H } = model.network.layers[layer]!
  const prefix = `layers.${layer}.`
  const learned = model.network.learnedStates.map((state) => `${state}0`) // which whoever runs the graph gives it
  const own = Object.entries(under(model.parameters, prefix)).filter(([name]) => !learned.includes(name))
  const constants = own.map(([name, { shape, data }]) => [
    name,
    { ...graph.constant(prefix + name, shape, data), shape },
  ])
  const p = Object.fromEntries(constants) as Record<string, SizedValue>
  const wx = project(graph, inputs, p['Wx']!, addsBias(cell) ? undefined : p['b']!)
  const body = graph.inner()
  const state = (name: string) => body.input({ name: `${prefix}${name}`, type: DataType.FLOAT, shape: ['batch', H] })
  const previous = Object.fromEntries(cell.states.map((name) => [name, { ...state(name), shape: [-1, H] }]))
  const [gH = 0] = p['b']!.shape
  const a = body.input({ name: `${prefix}wx`, type: DataType.FLOAT, shape: ['batch', gH] })
  const isAlive = body.input({ name: `${prefix}alive`, type: DataType.BOOL, shape: ['batch', 1] })
  const seen = previous['h']!
  const next = cell.forward(cellOps(body), p, { ...a, shape: [-1, gH] }, { ...previous, seen }).state
  const kept = cell.states.map((name) => body.add('Where', [isAlive, next[name]!, previous[name]!]))
  for (const [index, name] of cell.states.entries())
    body.output(kept[index]!, { name: `${prefix}${name}.next`, type: DataType.FLOAT, shape: ['batch', H] })
  body.output(kept[0]!, { name: `${prefix}h.step`, type: DataType.FLOAT, shape: ['batch', H] })
  const made = graph.addMany('Scan', [...cell.states.map((name) => before[name]!), wx, alive], cell.states.length + 1, {
    body: body.finish(`${prefix}step`),
    num_scan_inputs: 2,
  })
  return {
    hs: made.at(-1)!,
    after: Object.fromEntries(cell.states.map((name, index) => [name, made[index]!])),
  }
}

/** Wx x_t + b of all steps, [T,N,gH]; without b where the cell adds it. */
function project(graph: GraphWriter, inputs: LayerInputs, Wx: Value, b: Value | undefined): Value {
  const rows = inputs.kind === 'vectors' ? graph.add('MatMul', [inputs.x, Wx]) : graph.add('Gather', [Wx, inputs.ids])
  return b === undefined ? rows : graph.add('Add', [rows, b])
}
