import assert from 'node:assert/strict'
import test from 'node:test'
import { CELLS, type CellName, type Model } from '@unroll/contract'
import { fromCanonical, toCanonical } from './canonical.ts'
import { createNetwork, parameterShapes, type Network } from '@unroll/bptt'

const [X, H, K] = [3, 2, 4]
const INIT = {
  input: 'zeros',
  recurrent: 'normal',
  std: 1,
  spectral_radius: null,
  forget_bias: 1,
  chrono_t_max: null,
} as const

type Choice = Pick<Model, 'cell'> & {
  readonly activation?: 'tanh'
  readonly peephole?: 'full' | 'diagonal'
  readonly reset?: 'before' | 'after'
  readonly layer_norm?: boolean
}

/** Every cell, in each of its kinds. */
const KINDS: readonly Choice[] = (Object.keys(CELLS) as CellName[]).flatMap((cell): readonly Choice[] =>
  cell === 'lstm_peephole'
    ? (['full', 'diagonal'] as const).map((peephole) => ({ cell, peephole }))
    : cell === 'gru'
      ? (['before', 'after'] as const).map((reset) => ({ cell, reset }))
      : [{ cell, activation: 'tanh' }],
)

const CHOICES: readonly Choice[] = KINDS.flatMap((kind) =>
  CELLS[kind.cell].layerNorm === true ? [kind, { ...kind, layer_norm: true }] : [kind],
)

function network(cell: Choice): Network {
  const shared = {
    hidden_size: H,
    layers: 2,
    dropout: 0,
    initial_state: 'zeros',
    embedding_size: X,
    init: INIT,
  } as const
  const model = { ...shared, ...cell } as Model
  return createNetwork({
    model,
    inputs: { kind: 'symbols', size: 5 },
    readout: { kind: 'softmax', size: K },
    mode: 'many_to_one',
    batchSize: 1,
  })
}

/** Parameters whose every number is different. */
function numbered(of: Network) {
  let next = 0
  return Object.fromEntries(
    Object.entries(parameterShapes(of)).map(([name, shape]) => [
      name,
      { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++) },
    ]),
  )
}

for (const cell of CHOICES) {
  test(`fromCanonical() undoes toCanonical() of ${JSON.stringify(cell)}, and no number is lost`, () => {
    const of = network(cell)
    const packed = numbered(of)
    const canonical = toCanonical(of, packed)
    const count = (tensors: typeof canonical): number =>
      new Set(Object.values(tensors).flatMap(({ data }) => [...data])).size
    assert.equal(count(canonical), count(packed))
    assert.deepEqual(fromCanonical(of, canonical), packed)
  })
}

test('toCanonical() puts the weights of x before those of h in the rows of each gate', () => {
  const of = network({ cell: 'gru' })
  const packed = numbered(of)
  const { shape, data } = toCanonical(of, packed)['layers.0.Wr']!
  const at = (name: string, row: number, column: number): number =>
    packed[name]!.data[row * packed[name]!.shape[1]! + column]!
  assert.deepEqual(shape, [H, X + H])
  const unit = 1
  const column = H + unit // r is the second gate
  const fromX = [0, 1, 2].map((row) => at('layers.0.Wx', row, column))
  const fromH = [0, 1].map((row) => at('layers.0.Wh', row, column))
  assert.deepEqual(Array.from(data.slice(unit * (X + H))), [...fromX, ...fromH])
})
