// The probe flow beyond the range of float32: rows are rescaled by powers of two on the way back.

import assert from 'node:assert/strict'
import test from 'node:test'
import { createNetwork, initialState, type Program, type ProbeNorms } from '@unroll/bptt'
import { ENGINES, FLOAT32_ENGINES, needs, openEngine } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, program } from './programs.ts'

const T = 1010
const H = 2
const LOOK = { learningRate: 0.1, metrics: false, flow: false, probe: true } as const

function describeNetwork(
  activation: 'identity' | 'tanh' | 'sigmoid' | 'relu',
  changes: Partial<Program> = {},
): Program {
  return program({
    model: modelOf('rnn', { H, layers: 2 }, { activation }),
    inputs: { kind: 'vectors', size: H },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_one',
    ...changes,
  })
}

/** The probe flow of two layers in which every matrix is a multiple of the identity. */
async function probe(
  name: string,
  given: Program,
  {
    recurrent,
    input,
    between = 1,
    inputs,
  }: { recurrent: number; input: number; between?: number; inputs?: (t: number) => number },
): Promise<readonly ProbeNorms[]> {
  const engine = await openEngine(name)
  const tensors = initialState(createNetwork(given), given)
  const diagonal = (value: number) => Float32Array.of(value, 0, 0, value)
  const set = Object.fromEntries(
    [0, 1].flatMap((layer) => [
      [`layers.${layer}.Wh`, { shape: [H, H], data: diagonal(recurrent) }],
      [`layers.${layer}.Wx`, { shape: [H, H], data: diagonal(layer === 0 ? input : between) }],
    ]),
  )
  const session = await engine.open(given, { tensors: { ...tensors, ...set }, updates: 0 })
  const batch = batchOf(given, 0, T)
  const rows = given.batchSize * H
  const own = inputs && Float32Array.from({ length: T * rows }, (_, i) => inputs(Math.floor(i / rows) + 1))
  const window = { from: 'initial', lossSteps: T, advance: T } as const
  const { flow } = await session.step({ ...batch, ...(own && { inputs: own }) }, window, LOOK)
  engine.dispose()
  return flow!.probe!
}

/** How far log₁₀ φ(k) is from that of λᵏ, of all k at which it is from -300 to 300. What reaches the lower layer k steps back crosses to it at any of k + 1 steps. */
function measureErrors(log10Phi: Float64Array, lambda: number, isLower: boolean): number[] {
  const wanted = Array.from(
    log10Phi,
    (_, k) => log10Phi[0]! + k * Math.log10(lambda) + (isLower ? Math.log10(k + 1) : 0),
  )
  const end = wanted.findIndex((log10) => Math.abs(log10) > 300)
  return wanted.slice(0, end === -1 ? undefined : end).map((log10, k) => Math.abs(log10Phi[k]! - log10))
}

const PASSES: readonly {
  readonly what: string
  readonly changes: Partial<Program>
  readonly lambdas: readonly number[]
}[] = [
  { what: 'in one pass', changes: {}, lambdas: [0.5, 2] },
  { what: 'in chunks of 3 micro-batches', changes: { microBatches: 3, segmentSteps: 200 }, lambdas: [0.3] },
]

for (const name of ENGINES)
  for (const { what, changes, lambdas } of PASSES)
    test(
      `${name}, ${what}: φ(k) of linear units that scale by λ is λᵏ to 1e-6 of its logarithm, down to 1e-300 and up to 1e300`,
      needs(name),
      async (t) => {
        const errors: number[] = []
        for (const lambda of lambdas) {
          const layers = await probe(name, describeNetwork('identity', changes), { recurrent: lambda, input: 0 })
          assert.deepEqual(
            layers.map(({ rounded }) => rounded),
            [0, 0],
          )
          for (const [layer, { log10 }] of layers.entries())
            errors.push(...measureErrors(log10.toReversed(), Math.fround(lambda), layer === 0))
        }
        const worst = Math.max(...errors)
        assert.ok(worst <= 1e-6, `${worst}`)
        const numbers = errors.length
        assert.ok(numbers > 1_100, `${numbers} numbers`)
        t.diagnostic(`${numbers} numbers, worst error ${worst.toExponential(1)}`)
      },
    )

for (const name of ENGINES)
  test(`${name}: an exact zero of the probe flow says whether rounding made it`, needs(name), async () => {
    for (const activation of ['tanh', 'sigmoid'] as const) {
      const given = describeNetwork(activation)
      const units = given.batchSize * H
      // Inputs of the upper layer are so large that tanh and σ are 1 even in float64.
      const [lower, upper] = (await probe(name, given, {
        recurrent: 0.5,
        input: 1,
        between: 1e3,
        inputs: () => 1,
      })) as [ProbeNorms, ProbeNorms]
      const finite = upper.log10.filter(Number.isFinite).length
      if (name === 'tensorflow' && activation === 'tanh') {
        // Our kernel's tanh ends at 1 - 1.8e-7: the derivative is never 0.
        assert.deepEqual([finite, upper.rounded, lower.rounded], [T, 0, 0])
        continue
      }
      assert.equal(finite, 1)
      assert.equal(upper.rounded, units)
      assert.deepEqual(new Set(lower.log10), new Set([-Infinity]))
      assert.equal(lower.rounded, units, 'the gradient has not come through the units above')
    }
    const dead = await probe(name, describeNetwork('relu'), { recurrent: 0.5, input: 1, inputs: () => -1 })
    for (const { log10, rounded } of dead) {
      assert.equal(log10[0], -Infinity)
      assert.equal(rounded, 0, 'a relu that is off has a derivative of 0')
    }
  })

test('the engines find φ(k) of a tanh network far below float32 within 1e-4 of its logarithm', async (t) => {
  const given = describeNetwork('tanh')
  const look = (name: string) => probe(name, given, { recurrent: 0.4, input: 1, inputs: (step) => Math.sin(step) })
  const wanted = await look('oracle')
  assert.ok(wanted[1]!.log10[0]! < -300)
  let numbers = 0
  for (const name of FLOAT32_ENGINES.filter((own) => needs(own).skip === undefined))
    for (const [layer, { log10 }] of (await look(name)).entries())
      for (const [step, log] of log10.entries()) {
        const error = Math.abs(log - wanted[layer]!.log10[step]!)
        assert.ok(error < 1e-4, `${name}, layer ${layer}, step ${step}: ${log}, wanted ${wanted[layer]!.log10[step]}`)
        numbers += 1
      }
  t.diagnostic(`${numbers} numbers`)
})
