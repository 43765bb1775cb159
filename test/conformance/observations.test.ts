// What can be observed of a step besides its flow: probe flow, saturation, spectral radii, truncation bias.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createNetwork,
  forward,
  initialParameters,
  lossGradients,
  mapTensors,
  named,
  parameterShapes,
  statesAfter,
  tensorNorms,
  totalNorm,
  truncationBias,
  type Flow,
  type Network,
  type Tensors,
} from '@unroll/bptt'
import { oracleInterpreter, selectEngine, type Tensor64 } from '@unroll/engines'
import { random } from '@unroll/random'
import { FLOAT32_ENGINES, needs } from './interpreters.ts'
import { modelOf, smallNetwork, type CellName } from './networks.ts'
import { batchOf, program, SIZES } from './programs.ts'

const { T } = SIZES
const INITIAL = { from: 'initial', carried: [] } as const
const FULL = { from: 'initial', lossSteps: T, advance: T } as const
const LOOK = { learningRate: 0, metrics: false, flow: false, probe: true, saturation: true } as const

/** The probe flow is the total flow of another pass, which is in float32. */
function assertSameNorms({ probe = [] }: Flow, { h }: Flow): void {
  assert.equal(probe.length, h.length)
  for (const [layer, { log10 }] of probe.entries())
    for (const [t, norm] of log10.entries()) assert.ok(Math.abs(norm - h[layer]![t]!) < 1e-6, `${norm} at step ${t}`)
}

test('the probe flow of a network that answers once is its flow', async () => {
  const { engine } = await selectEngine('oracle')
  const given = program({ mode: 'many_to_one' })
  const session = await engine.open(given)
  const { flow } = await session.step(batchOf(given), FULL, LOOK)
  assert.equal(flow?.probe?.length, 2)
  assertSameNorms(flow, flow)
  engine.dispose()
})

test('the probe flow of a network that answers at every step is that of its last answer alone', async () => {
  const { engine } = await selectEngine('oracle')
  const session = await engine.open(program())
  const batch = batchOf(program())
  const { flow } = await session.step(batch, FULL, LOOK)
  const last = batch.targets.map((target, i) => (i < batch.targets.length - SIZES.N ? -1 : target)) as Int32Array
  const alone = await session.step({ ...batch, targets: last }, FULL, LOOK)
  assertSameNorms(flow!, alone.flow!)
  assert.throws(() => assertSameNorms(flow!, flow!))
  engine.dispose()
})

const GATES: Readonly<Partial<Record<CellName, readonly string[]>>> = {
  rnn: [],
  gru_simple: ['u'],
  gru: ['u', 'r'],
  gru_reset_after: ['u', 'r'],
  lstm: ['u', 'f', 'o'],
  lstm_peephole_full: ['u', 'f', 'o'],
  lstm_peephole_diagonal: ['u', 'f', 'o'],
  indrnn: [],
  min_gru: ['z'],
  min_lstm: ['u', 'f'],
  lru: [],
  slstm: ['f', 'o'],
}

/** Cells whose h may be of any size. */
const UNBOUNDED: readonly string[] = ['indrnn', 'min_gru', 'min_lstm']
/** Cells whose spectral radius is a function of their parameters. */
const EXACT: readonly string[] = ['lru']

for (const [cell, gates] of Object.entries(GATES) as [CellName, readonly string[]][]) {
  test(`saturation of ${cell} has its units, each of its logistic gates and each recurrent weight`, async () => {
    const { engine } = await selectEngine('oracle')
    const given = program({ model: modelOf(cell, SIZES) })
    const session = await engine.open(given)
    const { saturation = {} } = await session.step(batchOf(given), FULL, LOOK)
    const of = (family: string): [string, number][] =>
      Object.entries(saturation)
        .filter(([name]) => name.startsWith(`${family}/`))
        .map(([name, value]) => [name.slice(family.length + 1), value])
    assert.deepEqual(
      of('gate').map(([name]) => name),
      gates.map((gate) => `layers.0.${gate}`),
    )
    for (const [, value] of of('gate')) assert.ok(value > 0.05 && value < 0.95)
    for (const [, value] of of('gate_saturation')) assert.ok(value > 0.05 && value <= 0.5)
    assert.equal(of('gate_saturation').length, gates.length)
    assert.deepEqual(
      of('saturation').map(([name]) => name),
      UNBOUNDED.includes(cell) ? [] : ['layers.0'], // 1 - |h| says something of h within [-1, 1] alone
    )
    for (const [name, radius] of of('spectral_radius')) {
      if (EXACT.includes(cell)) assert.equal(name, 'layers.0.lambda')
      else if (name.includes('.P') || name.includes('.p')) assert.equal(radius, 0, name)
      else if (cell !== 'indrnn') assert.ok(Math.abs(radius - 1) < 1e-9, `${name}: ${radius} of an orthogonal matrix`)
    }
    engine.dispose()
  })
}

for (const name of ['oracle', ...FLOAT32_ENGINES])
  test(
    `spectral radius of lru on ${name} is the largest magnitude of its eigenvalues, exactly`,
    needs(name),
    async (t) => {
      const { engine } = await selectEngine(name)
      const given = program({ model: modelOf('lru', { H: 24 }) })
      const session = await engine.open(given)
      const { saturation = {} } = await session.step(batchOf(given), FULL, LOOK)
      const { data } = initialParameters(createNetwork(given), given)['layers.0.nu']!
      const largest = Math.max(...Array.from(data, (nu) => Math.exp(-Math.exp(nu))))
      const radius = saturation['spectral_radius/layers.0.lambda'] ?? NaN
      assert.ok(Math.abs(radius / largest - 1) < 1e-6, `${radius} and ${largest}`)
      t.diagnostic(`${radius} of ${data.length} eigenvalues`)
      engine.dispose()
    },
  )

for (const recurrent of ['normal', 'glorot_uniform', 'identity', 'orthogonal'] as const) {
  for (const cell of ['rnn', 'lstm', 'indrnn'] as const) {
    test(`spectral radius of ${recurrent} weights of ${cell} is the one they were scaled to`, async (t) => {
      const { engine } = await selectEngine('oracle')
      const model = modelOf(cell, { H: 24 })
      const init = { ...model.init, recurrent, spectral_radius: 1.3 }
      const given = program({ model: { ...model, init } as typeof model })
      const session = await engine.open(given)
      const { saturation = {} } = await session.step(batchOf(given), FULL, LOOK)
      const radii = Object.entries(saturation).filter(([name]) => name.startsWith('spectral_radius/'))
      assert.equal(radii.length, cell === 'lstm' ? 4 : 1)
      for (const [name, radius] of radii) assert.ok(Math.abs(radius / 1.3 - 1) < 0.05, `${name}: ${radius}`)
      t.diagnostic(radii.map(([, radius]) => radius.toFixed(3)).join(' '))
      engine.dispose()
    })
  }
}

const { ops, upload, download } = oracleInterpreter()

function parametersOf(network: Network): Tensors<Tensor64> {
  const draw = random(1, 'observations')
  return mapTensors(parameterShapes(network), (shape) =>
    upload(
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 * draw.normal()),
    ),
  )
}

/** Bias by the training step's own windows, one after another. */
function biasByWindows(
  network: Network,
  parameters: Tensors<Tensor64>,
  { inputs, targets }: { inputs: Float32Array; targets: Int32Array },
  { steps, k1, k2 }: { steps: number; k1: number; k2: number },
): { relative: number; cosine: number } {
  const { batchSize: N } = network
  const width = network.inputs.size
  const gradientsOf = (carried: readonly Tensors<Tensor64>[], start: number, lossFrom: number, end: number) => {
    const batch = {
      inputs: upload([end - start, N, width], inputs.subarray(start * N * width, end * N * width)),
      targets: upload([(end - lossFrom) * N], targets.subarray(lossFrom * N, end * N)),
    }
    const window = { from: start === 0 ? 'initial' : 'carried', lossSteps: end - lossFrom } as const
    const { gradients } = lossGradients({ ops, network, parameters }, { ...window, carried }, batch)
    return mapTensors(gradients, (g) => ops.scale(g, (end - lossFrom) / steps))
  }
  const pass = forward(
    { ops, network, parameters },
    { from: 'initial', carried: [] },
    upload([steps, N, width], inputs),
  )
  const full = gradientsOf([], 0, 0, steps)
  const sum = Array.from({ length: Math.ceil(steps / k1) }, (_, n) => {
    const end = Math.min(steps, (n + 1) * k1)
    const start = Math.max(0, end - k2)
    return gradientsOf(statesAfter(ops, pass, start), start, n * k1, end)
  }).reduce((a, b) => mapTensors(a, (g, name) => ops.add(g, named(b, name))))
  const norm = (g: Tensors<Tensor64>): number => download(totalNorm(ops, tensorNorms(ops, g)))[0]!
  const apart = norm(mapTensors(sum, (g, name) => ops.sub(g, named(full, name))))
  const dot = Object.entries(sum).reduce((d, [name, g]) => d + download(ops.sum(ops.mul(g, named(full, name))))[0]!, 0)
  return { relative: apart / norm(full), cosine: dot / (norm(sum) * norm(full)) }
}

for (const initialState of ['zeros', 'learned'] as const) {
  for (const [k1, k2] of [
    [1, 1],
    [3, 3],
    [2, 5],
    [4, 6],
    [12, 12],
    [1, 12],
    [5, 12],
  ] as const) {
    test(`truncationBias() of k1 ${k1} and k2 ${k2} from ${initialState} is that of the windows`, (t) => {
      const network = smallNetwork('lstm', { N: 2, X: 3, H: 5, K: 4, layers: 2 }, { initialState })
      const parameters = parametersOf(network)
      const steps = 12
      const draw = random(2, 'observations')
      const given = {
        inputs: Float32Array.from({ length: steps * 2 * 3 }, () => draw.normal()),
        targets: Int32Array.from({ length: steps * 2 }, () => draw.integer(4)),
      }
      const batch = { inputs: upload([steps, 2, 3], given.inputs), targets: upload([steps * 2], given.targets) }
      const bias = mapTensors(
        { ...truncationBias({ ops, network, parameters }, INITIAL, batch, { k1, k2 }) },
        (x) => download(x)[0]!,
      )
      const wanted = biasByWindows(network, parameters, given, { steps, k1, k2 })
      t.diagnostic(`relative ${bias['relative']}, cosine ${bias['cosine']}`)
      assert.ok(Math.abs(bias['relative']! - wanted.relative) < 1e-9, `${wanted.relative}`)
      assert.ok(Math.abs(bias['cosine']! - wanted.cosine) < 1e-9, `${wanted.cosine}`)
      if (k2 < steps) assert.ok(bias['relative']! > 1e-4)
      else assert.ok(bias['relative']! < 1e-12)
    })
  }
}

test('truncationBias() of a linear unit that answers once falls as λ^k2', async () => {
  const network = smallNetwork(
    'rnn',
    { N: 1, X: 1, H: 1, K: 1 },
    { activation: 'identity', mode: 'many_to_one', readout: { kind: 'identity', size: 1 } },
  )
  const lambda = 0.7
  const steps = 60
  const parameters = {
    ...mapTensors(parameterShapes(network), (shape) => ops.zeros(shape)),
    'layers.0.Wx': upload([1, 1], [1]),
    'layers.0.Wh': upload([1, 1], [lambda]),
    'readout.Wo': upload([1, 1], [1]),
  }
  // Without inputs the state is 0, so only b and bo have a gradient: db = Σ λ^k do, dbo = do.
  const batch = { inputs: ops.zeros([steps, 1, 1]), targets: upload([1, 1], [1]) }
  for (const k2 of [1, 5, 20]) {
    const { relative } = truncationBias({ ops, network, parameters }, INITIAL, batch, { k1: steps, k2 })
    const full = (1 - lambda ** steps) / (1 - lambda)
    const missing = (lambda ** k2 - lambda ** steps) / (1 - lambda)
    assert.ok(Math.abs(download(relative)[0]! - missing / Math.hypot(full, 1)) < 1e-12)
  }
})

for (const lambda of [0.5, 0.9, 0.99]) {
  test(`truncationBias() of a linear unit that scales by ${lambda} is ${lambda}^k2`, (t) => {
    const network = smallNetwork(
      'rnn',
      { N: 1, X: 1, H: 1, K: 1 },
      { activation: 'identity', mode: 'many_to_one', readout: { kind: 'identity', size: 1 } },
    )
    const steps = 3_000 // λ^T is nothing
    const parameters = {
      ...mapTensors(parameterShapes(network), (shape) => ops.zeros(shape)),
      'layers.0.Wh': upload([1, 1], [lambda]),
      'readout.Wo': upload([1, 1], [1e6]), // beside which the gradient of bo, which is not truncated, is nothing
    }
    const batch = { inputs: ops.zeros([steps, 1, 1]), targets: upload([1, 1], [1]) }
    for (const k2 of [1, 5, 20]) {
      const relative = download(
        truncationBias({ ops, network, parameters }, INITIAL, batch, { k1: steps, k2 }).relative,
      )[0]!
      t.diagnostic(`k2 ${k2}: ${relative}`)
      assert.ok(Math.abs(relative / lambda ** k2 - 1) < 1e-9)
    }
  })
}
