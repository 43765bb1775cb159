import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, parameterShapes, type HostTensor, type Network } from '@unroll/bptt'
import { CELLS, explainUnexportable, parseJobSpec, type CellName, type Model } from '@unroll/contract'
import { fromLayout, hasConstants, toLayout } from './layout.ts'
import { pytorchLayout } from './pytorch.ts'
import { OPEN_BIAS } from './standard_cells.ts'

const [X, H, K, LAYERS] = [3, 2, 4, 2]

function parseModel(model: object): Model {
  const parsed = parseJobSpec({ model: { hidden_size: H, layers: LAYERS, ...model }, data: { task: 'adding' } })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value.model
}

function build(model: Model): Network {
  return createNetwork({
    model,
    inputs: { kind: 'vectors', size: X },
    readout: { kind: 'softmax', size: K },
    mode: 'many_to_one',
    batchSize: 1,
  })
}

/** Parameters whose every number is different. */
function numbered(network: Network): Record<string, HostTensor> {
  let next = 1
  return Object.fromEntries(
    Object.entries(parameterShapes(network)).map(([name, shape]) => [
      name,
      { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++) },
    ]),
  )
}

/** Cells that PyTorch has. */
const MODELS = (Object.keys(CELLS) as CellName[])
  .flatMap((cell) => [
    { cell },
    ...(cell === 'gru' ? [{ cell, reset: 'after' }] : []),
    { cell, initial_state: 'learned' },
  ])
  .map(parseModel)
  .filter((model) => explainUnexportable('pytorch', model) === undefined)

test('PyTorch has lstm, gru_simple, gru with its reset gate after the product, and rnn', () => {
  assert.deepEqual([...new Set(MODELS.map(({ cell }) => cell))].toSorted(), ['gru', 'gru_simple', 'lstm', 'rnn'])
})

for (const model of MODELS) {
  test(`fromLayout() undoes toLayout() for PyTorch of ${model.cell} from ${model.initial_state}, and every number has one place`, () => {
    const network = build(model)
    const layout = pytorchLayout(network, model.cell)
    const packed = numbered(network)
    const theirs = toLayout(layout, packed)
    assert.deepEqual(fromLayout(layout, parameterShapes(network), theirs), packed)
    const all = Object.values(theirs).flatMap(({ data }) => [...data].map(Math.abs))
    const told = all.filter((value) => value !== 0 && !(model.cell === 'gru_simple' && value === OPEN_BIAS))
    const count = Object.values(packed).reduce((sum, { data }) => sum + data.length, 0)
    assert.ok(told.length >= count - 1 && told.length <= count, `${told.length} of ${count}`) // one of them may be 20
  })
}

test('pytorchLayout() turns the sign of the update gate of a GRU and of nothing else, and orders its gates r, z, n', () => {
  const model = parseModel({ cell: 'gru', reset: 'after' })
  const network = build(model)
  const packed = numbered(network)
  const { data } = toLayout(pytorchLayout(network, 'gru'), packed)['rnn.weight_ih_l0']!
  const { data: Wx } = packed['layers.0.Wx']! // columns u|r|c
  const at = (gate: number, unit: number, x: number) => data[(gate * H + unit) * X + x]
  const ours = (gate: number, unit: number, x: number) => Wx[x * 3 * H + gate * H + unit]!
  for (let unit = 0; unit < H; unit++)
    for (let x = 0; x < X; x++) {
      assert.equal(at(0, unit, x), ours(1, unit, x))
      assert.equal(at(1, unit, x), -ours(0, unit, x))
      assert.equal(at(2, unit, x), ours(2, unit, x))
    }
})

test('hasConstants() finds that a reset gate which gru_simple does not have is in use', () => {
  const network = build(parseModel({ cell: 'gru_simple' }))
  const layout = pytorchLayout(network, 'gru_simple')
  const theirs = toLayout(layout, numbered(network))
  assert.ok(hasConstants(layout, theirs))
  theirs['rnn.weight_hh_l1']!.data[0] = 1e-3
  assert.ok(!hasConstants(layout, theirs))
})
