import assert from 'node:assert/strict'
import test from 'node:test'
import type { Model } from '@unroll/contract'
import type { HostTensor } from '../engine.ts'
import { createNetwork, parameterShapes, type Network } from '../network/network.ts'
import { initialParameters } from './parameters.ts'
import { spectralRadius } from './spectral_radius.ts'

type LstmInit = Extract<Model, { cell: 'lstm' }>['init']

const H = 16
const INIT: LstmInit = {
  input: 'glorot_uniform',
  recurrent: 'orthogonal',
  std: 0.1,
  spectral_radius: null,
  forget_bias: 1,
  chrono_t_max: null,
}

const SHARED = { hidden_size: H, layers: 2, dropout: 0, initial_state: 'zeros', embedding_size: 6 } as const

function lstm(init: LstmInit = INIT): Model {
  return { ...SHARED, cell: 'lstm', init }
}

function network(model: Model): Network {
  return createNetwork({
    model,
    inputs: { kind: 'symbols', size: 9 },
    readout: { kind: 'softmax', size: 9 },
    mode: 'many_to_many',
    batchSize: 2,
  })
}

function drawnOf(model: Model, seed = 1, sequenceLength = 50): Readonly<Record<string, HostTensor>> {
  return initialParameters(network(model), { model, seed, sequenceLength })
}

function drawn(init: LstmInit = INIT, seed = 1): Readonly<Record<string, HostTensor>> {
  return drawnOf(lstm(init), seed)
}

/** Block of columns of one gate, [H,H]. */
function block({ shape, data }: HostTensor, gate: number): { rows: number; columns: number; data: Float64Array } {
  const width = shape[1] ?? 0
  const rows = shape[0] ?? 0
  const values = Array.from({ length: rows * H }, (_, i) => data[Math.floor(i / H) * width + gate * H + (i % H)] ?? NaN)
  return { rows, columns: H, data: Float64Array.from(values) }
}

test('initialParameters() has a tensor of the right shape for every parameter', () => {
  const shapes = Object.fromEntries(Object.entries(drawn()).map(([name, { shape }]) => [name, shape]))
  assert.deepEqual(shapes, parameterShapes(network(lstm())))
  for (const [name, { shape, data }] of Object.entries(drawn())) {
    assert.equal(
      data.length,
      shape.reduce((a, b) => a * b, 1),
      name,
    )
  }
})

test('initialParameters() is a function of the seed, and each tensor of its own name', () => {
  assert.deepEqual(drawn(), drawn())
  assert.notDeepEqual(drawn(INIT, 2), drawn(INIT, 1))
  assert.notDeepEqual(drawn()['layers.0.Wh'], drawn()['layers.1.Wh'])
})

test('initialParameters() makes each gate of Wh orthogonal', () => {
  const { data } = block(drawn()['layers.0.Wh']!, 2)
  for (let i = 0; i < H; i++) {
    for (let j = 0; j < H; j++) {
      const dot = Array.from({ length: H }, (_, k) => data[i * H + k]! * data[j * H + k]!).reduce((a, b) => a + b, 0)
      assert.ok(Math.abs(dot - Number(i === j)) < 1e-12, `rows ${i} and ${j}: ${dot}`)
    }
  }
})

test('initialParameters() holds Glorot weights within √(6 / (fan in + fan out)) and fills that range', () => {
  const limit = Math.sqrt(6 / (H + H))
  const { data } = block(drawn()['layers.1.Wx']!, 0)
  const largest = Math.max(...data.map(Math.abs))
  assert.ok(largest <= limit && largest > 0.9 * limit, `${largest} of ${limit}`)
})

for (const recurrent of ['orthogonal', 'identity', 'normal', 'glorot_uniform'] as const) {
  test(`initialParameters() scales ${recurrent} Wh to the spectral radius asked for`, () => {
    const wh = drawn({ ...INIT, recurrent, spectral_radius: 1.25 })['layers.0.Wh']!
    const radius = spectralRadius(block(wh, 1))
    assert.ok(Math.abs(radius - 1.25) < 5e-3, `${radius}`)
  })
}

test('spectralRadius() finds the magnitude of a dominant complex pair', () => {
  const rotation = Float64Array.of(0, -0.9, 0, 0.9, 0, 0, 0, 0, 0.5)
  assert.ok(Math.abs(spectralRadius({ rows: 3, columns: 3, data: rotation }) - 0.9) < 1e-3)
})

test('initialParameters() opens the forget gate by forget_bias and leaves other biases at 0', () => {
  const { data } = drawn({ ...INIT, forget_bias: 2 })['layers.0.b']!
  const wanted = Array.from({ length: 4 * H }, (_, i) => (Math.floor(i / H) === 1 ? 2 : 0))
  assert.deepEqual(Array.from(data), wanted)
})

test('initialParameters() draws chrono biases log U(1, T_max - 1), the update gate the opposite', () => {
  const { data } = drawn({ ...INIT, chrono_t_max: 100 })['layers.0.b']!
  const [update, forget] = [data.slice(0, H), data.slice(H, 2 * H)]
  assert.ok(forget.every((bias) => bias >= 0 && bias <= Math.log(99)))
  assert.ok(Math.max(...forget) > Math.log(50))
  assert.deepEqual(
    Array.from(update),
    Array.from(forget, (bias) => -bias),
  )
})

for (const [cell, gate, sign] of [
  ['gru_simple', 0, -1],
  ['gru', 0, -1],
  ['lstm_peephole', 1, 1],
  ['min_gru', 0, -1],
  ['min_lstm', 0, -1],
  ['min_lstm', 1, 1],
  ['slstm', 0, -1],
  ['slstm', 1, 1],
] as const) {
  test(`initialParameters() draws chrono biases of gate ${gate} of ${cell}`, () => {
    const init = { ...INIT, chrono_t_max: 100 }
    const choices = { ...SHARED, init, reset: 'before', peephole: 'full' } as const // each cell reads its own
    const model = { ...choices, cell } as Model
    const { data } = drawnOf(model)['layers.0.b']!
    const biases = data.slice(gate * H, (gate + 1) * H).map((bias) => sign * bias)
    assert.ok(biases.every((bias) => bias >= 0 && bias <= Math.log(99)))
    assert.ok(Math.max(...biases) > Math.log(50))
  })
}

for (const recurrent of ['orthogonal', 'glorot_uniform', 'normal', 'identity'] as const) {
  test(`initialParameters() keeps ${recurrent} u of indrnn within 2^(1/T)`, () => {
    const T = 5
    const { data } = drawnOf({ ...SHARED, cell: 'indrnn', init: { ...INIT, recurrent, std: 3 } }, 1, T)['layers.0.u']!
    const largest = Math.max(...data.map(Math.abs))
    assert.equal(data.length, H)
    assert.ok(largest <= 2 ** (1 / T) && largest > 0.8, `${largest}`)
  })
}

test('initialParameters() scales u of indrnn to the spectral radius asked for', () => {
  const { data } = drawnOf({ ...SHARED, cell: 'indrnn', init: { ...INIT, spectral_radius: 0.5 } })['layers.0.u']!
  assert.ok(Math.abs(Math.max(...data.map(Math.abs)) - 0.5) < 1e-12)
})

test('initialParameters() starts lstm_peephole as an lstm: no peephole has weight', () => {
  for (const peephole of ['full', 'diagonal'] as const) {
    const parameters = drawnOf({ ...SHARED, cell: 'lstm_peephole', peephole, init: INIT })
    const peepholes = Object.entries(parameters).filter(([name]) => /\.[Pp][ufo]$/.test(name))
    assert.equal(peepholes.length, 6)
    for (const [name, { data }] of peepholes)
      assert.ok(
        data.every((weight) => weight === 0),
        name,
      )
  }
})

test('initialParameters() puts the eigenvalues of lru on the ring that is asked for, uniform by area, with a unit variance of the state', (t) => {
  const [r_min, r_max, max_phase] = [0.6, 0.9, 1.5]
  const init = { ...INIT, r_min, r_max, max_phase }
  const units = 1000
  const drawnRing = drawnOf({ ...SHARED, hidden_size: units, layers: 1, cell: 'lru', activation: 'identity', init })
  const vector = (name: string) => [...drawnRing[`layers.0.${name}`]!.data]
  const magnitudes = vector('nu').map((nu) => Math.exp(-Math.exp(nu)))
  const phases = vector('theta').map((theta) => Math.exp(theta))
  assert.equal(magnitudes.length, units)
  assert.ok(magnitudes.every((r) => r >= r_min && r <= r_max))
  assert.ok(phases.every((phase) => phase > 0 && phase <= max_phase))
  // Of a ring the share within radius r is its share of the area; of phases half lie below the half.
  const within = (r: number) => magnitudes.filter((each) => each <= r).length / units
  for (const r of [0.7, 0.8])
    assert.ok(Math.abs(within(r) - (r ** 2 - r_min ** 2) / (r_max ** 2 - r_min ** 2)) < 0.05, `${r}`)
  assert.ok(Math.abs(phases.filter((phase) => phase < max_phase / 2).length / units - 0.5) < 0.05)
  // Σ_t |λ|^2t e^2γ = 1, the variance of a state of white noise of variance 1.
  for (const [unit, gamma] of vector('gamma').entries())
    assert.ok(Math.abs(Math.exp(2 * gamma) / (1 - magnitudes[unit]! ** 2) - 1) < 1e-12)
  t.diagnostic(`${units} eigenvalues`)
})
