// What an operator of ONNX is told. onnxruntime, which `npm run test:exports` runs, would answer otherwise in silence.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { createNetwork, parameterShapes } from '@unroll/bptt'
import { modelDecoding, parseJobSpec } from '@unroll/contract'
import { describeAnswering } from '@unroll/trainer'
import { ModelProtoSchema, TensorProto_DataType, type NodeProto } from 'onnx-buf'
import type { FloatTensor, TrainedNetwork } from '../model.ts'
import { writeOnnx } from './write.ts'

const H = 3
const OPERATORS = ['RNN', 'GRU', 'LSTM']
/** Read by operators and by scans, in one and in both directions. */
const KINDS: readonly object[] = ['lstm', 'gru_simple', 'lstm_peephole'].flatMap((cell) =>
  [1, 2].flatMap((layers) => [false, true].map((bidirectional) => ({ cell, layers, bidirectional }))),
)

/** A network whose every number is different. */
function numberedNetwork(model: object): TrainedNetwork {
  const parsed = parseJobSpec({ model: { hidden_size: H, ...model }, data: { task: 'adding' } })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const { value: spec } = parsed
  const decoding = modelDecoding(spec, undefined)!
  const network = createNetwork(describeAnswering({ spec, decoding }))
  let next = 1
  const number = (shape: readonly number[]): FloatTensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++),
  })
  const parameters = Object.fromEntries(
    Object.entries(parameterShapes(network)).map(([name, shape]) => [name, number(shape)]),
  )
  return { spec, decoding, network, parameters, origin: { job: '', checkpoint: '', step: 0, sha256: '' } }
}

/** The recurrent operators of the file of a network, and its constants by name. */
function readOperators(model: TrainedNetwork) {
  const { graph } = fromBinary(ModelProtoSchema, writeOnnx(model, { tolerance: 1e-5, cases: [] }))
  assert.ok(graph !== undefined)
  const operators = graph.node.filter(({ opType }) => OPERATORS.includes(opType))
  return { operators, constants: new Map(graph.initializer.map((tensor) => [tensor.name, tensor])) }
}

function findAttribute({ attribute }: NodeProto, wanted: string) {
  return attribute.find(({ name }) => name === wanted)
}

for (const bidirectional of [false, true])
  test(`an identity rnn tells alpha 1 and beta 0 of Affine, whose alpha is 0 otherwise, in ${bidirectional ? 'each direction' : 'one direction'}`, () => {
    const model = { cell: 'rnn', activation: 'identity', layers: 2, bidirectional }
    const { operators } = readOperators(numberedNetwork(model))
    assert.equal(operators.length, 2)
    const each = <Item>(item: Item): Item[] => (bidirectional ? [item, item] : [item])
    for (const operator of operators) {
      const names = findAttribute(operator, 'activations')?.strings.map((bytes) => new TextDecoder().decode(bytes))
      assert.deepEqual(names, each('Affine'))
      assert.deepEqual(findAttribute(operator, 'activation_alpha')?.floats, each(1))
      assert.deepEqual(findAttribute(operator, 'activation_beta')?.floats, each(0))
    }
  })

for (const [reset, wanted] of [
  ['before', 0n],
  ['after', 1n],
] as const)
  test(`a gru with its reset gate ${reset} the product tells linear_before_reset ${wanted}`, () => {
    const { operators } = readOperators(numberedNetwork({ cell: 'gru', reset }))
    assert.deepEqual(
      operators.map((operator) => findAttribute(operator, 'linear_before_reset')?.i),
      [wanted],
    )
  })

for (const model of [
  { cell: 'rnn' },
  { cell: 'gru', reset: 'after' },
  { cell: 'lstm' },
  { cell: 'lstm_peephole', peephole: 'diagonal', bidirectional: true },
])
  test(`the operator of ${model.cell} has layout 0 and float32 alone, as onnxruntime refuses others, and neither clips nor couples gates`, () => {
    const { operators, constants } = readOperators(numberedNetwork(model))
    assert.equal(operators.length, 1)
    const [operator] = operators as [NodeProto]
    for (const name of ['layout', 'clip', 'input_forget']) assert.equal(findAttribute(operator, name), undefined, name)
    const weights = operator.input.flatMap((name) => constants.get(name) ?? [])
    assert.ok(weights.length >= 3, String(weights.length))
    for (const { dataType, name } of weights) assert.equal(dataType, TensorProto_DataType.FLOAT, name)
  })

test('P of peepholes has those of the input gate, the output gate and the forget gate, in this order', () => {
  const model = numberedNetwork({ cell: 'lstm_peephole', peephole: 'diagonal' })
  const { operators, constants } = readOperators(model)
  const { rawData = new Uint8Array() } = constants.get(operators[0]?.input[7] ?? '') ?? {}
  const P = new Float32Array(Uint8Array.from(rawData).buffer)
  const wanted = ['pu', 'po', 'pf'].flatMap((name) => [...model.parameters[`layers.0.${name}`]!.data])
  assert.deepEqual([...P], wanted)
  assert.equal(P.length, 3 * H)
})

test('a file holds no node and no constant that no output needs, as onnxruntime would compute it', () => {
  for (const model of [...KINDS, ...KINDS.map((kind) => ({ ...kind, layer_norm: true }))]) {
    const { graph } = fromBinary(ModelProtoSchema, writeOnnx(numberedNetwork(model), { tolerance: 1e-5, cases: [] }))
    const read = new Set([...listInputs(graph!.node), ...graph!.output.map(({ name }) => name)])
    const idle = [
      ...graph!.node.filter(({ output }) => !output.some((name) => read.has(name))),
      ...graph!.initializer.filter(({ name }) => !read.has(name)),
    ]
    assert.deepEqual(
      idle.map(({ name }) => name),
      [],
      JSON.stringify(model),
    )
    assert.ok(graph!.node.length > 10)
  }
})

/** Names that nodes read, those within their graphs too. */
function listInputs(nodes: readonly NodeProto[]): string[] {
  return nodes.flatMap(({ input, attribute }) => [
    ...input,
    ...attribute.flatMap(({ g }) => (g === undefined ? [] : listInputs(g.node))),
  ])
}
