// Lyapunov exponents: of linear networks they are the logarithms of the eigenvalues.

import assert from 'node:assert/strict'
import test from 'node:test'
import { createNetwork, initialState, type Batch, type HostTensor, type Program, type Spectrum } from '@unroll/bptt'
import { ENGINES, FLOAT32_ENGINES, needs, openEngine } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, program, SIZES } from './programs.ts'

const H = 5
const T = 200

/** V diag(λ) V⁻¹ for a V that is far from orthogonal: 1 on the diagonal, 0.7 above it. */
function withEigenvalues(lambdas: readonly number[]): Float32Array {
  const n = lambdas.length
  // V = I + 0.7 S with the shift S, whose inverse is Σ (-0.7 S)^m.
  return Float32Array.from({ length: n * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n]
    if (column < row) return 0
    const inverse = (i: number): number => (column < i ? 0 : (-0.7) ** (column - i))
    return lambdas[row]! * inverse(row) + (row + 1 < n ? 0.7 * lambdas[row + 1]! * inverse(row + 1) : 0)
  })
}

interface Measurement {
  readonly set?: Readonly<Record<string, HostTensor>>
  readonly most: number
  readonly changes?: Partial<Batch>
  readonly steps?: number
}

async function measure(
  name: string,
  given: Program,
  { set = {}, most, changes = {}, steps = T }: Measurement,
): Promise<readonly Spectrum[]> {
  const engine = await openEngine(name)
  const tensors = initialState(createNetwork(given), given)
  const session = await engine.open(given, { tensors: { ...tensors, ...set }, updates: 0 })
  const before = await session.state()
  const batch = { ...batchOf(given, 0, steps), ...changes }
  const spectra = await session.measureSpectrum(batch, { from: 'initial', lossSteps: steps, advance: steps }, most)
  assert.deepEqual(await session.state(), before, 'nothing is learned')
  engine.dispose()
  return spectra
}

const LINEAR = program({
  model: modelOf('rnn', { H }, { activation: 'identity' }),
  inputs: { kind: 'vectors', size: 3 },
})
const LAMBDAS = [1.05, 0.97, -0.9, 0.7, 0.4]

/** The largest relative error of exponents of known eigenvalues. */
function compareWithLambdas(exponents: readonly number[], lambdas: readonly number[]): number {
  assert.equal(exponents.length, lambdas.length)
  const errors = exponents.map((exponent, at) => {
    const error = Math.abs(exponent / Math.log(Math.abs(lambdas[at]!)) - 1)
    assert.ok(error < 0.01, `exponent ${at + 1}: ${exponent}, of ${lambdas[at]}`)
    return error
  })
  return Math.max(...errors)
}

for (const name of ENGINES)
  test(`${name}: the exponents of linear units are log|λ| of the eigenvalues to 1 %`, needs(name), async (t) => {
    let worst = 0
    for (const lengths of [undefined, Int32Array.of(T, 120, 77)]) {
      const changes = lengths && { lengths }
      const set = { 'layers.0.Wh': { shape: [H, H], data: withEigenvalues(LAMBDAS) } }
      const [{ exponents }] = (await measure(name, LINEAR, { set, most: H, ...(changes && { changes }) })) as [Spectrum]
      worst = Math.max(worst, compareWithLambdas(exponents, LAMBDAS))
    }
    t.diagnostic(`${2 * H} exponents, worst error ${worst.toExponential(1)}`)
  })

const RADII = [0.95, 0.8, 0.65, 0.5, 0.35]

for (const name of ENGINES)
  test(`${name}: a complex state has log|λ| twice, and h, which is not read, none`, needs(name), async (t) => {
    const given = program({
      model: modelOf('lru', { H }, { activation: 'identity' }),
      inputs: { kind: 'vectors', size: 3 },
    })
    const nu = Float32Array.from(RADII, (radius) => Math.log(-Math.log(radius)))
    const set = { 'layers.0.nu': { shape: [H], data: nu } }
    const [{ exponents }] = (await measure(name, given, { set, most: 3 * H })) as [Spectrum]
    const worst = compareWithLambdas(
      exponents,
      RADII.flatMap((radius) => [radius, radius]),
    )
    t.diagnostic(`${exponents.length} exponents, worst error ${worst.toExponential(1)}`)
  })

for (const name of FLOAT32_ENGINES)
  test(`${name}: the exponents of every cell are those of the oracle`, needs(name), async (t) => {
    let numbers = 0
    for (const cell of CELL_NAMES) {
      const given = program({ model: modelOf(cell, { H: [SIZES.H, 3] }) })
      const lengths = Int32Array.of(7, 3, 5)
      const of = async (own: string) => measure(own, given, { most: 3, changes: { lengths }, steps: SIZES.T })
      const [got, wanted] = [await of(name), await of('oracle')]
      for (const [layer, { exponents, name: layerName }] of wanted.entries()) {
        assert.equal(got[layer]!.name, layerName)
        for (const [at, exponent] of exponents.entries()) {
          const own = got[layer]!.exponents[at]!
          const isLost = Math.max(own, exponent) < exponents[0]! - 16 // in the rounding of float32
          assert.ok(
            isLost || own === exponent || Math.abs(own - exponent) < 1e-3 * Math.max(1, Math.abs(exponent)),
            `${cell}: ${own}, wanted ${exponent}`,
          )
          numbers += isLost ? 0 : 1
        }
      }
    }
    assert.ok(numbers >= CELL_NAMES.length * 4)
    t.diagnostic(`${numbers} exponents of ${CELL_NAMES.length} cells`)
  })

test('units that are dead have an exponent of -Infinity', async () => {
  const given = program({ model: modelOf('rnn', { H }, { activation: 'relu' }), inputs: { kind: 'vectors', size: 3 } })
  const zeros = new Float32Array(T * given.batchSize * 3)
  const [{ exponents }] = (await measure('oracle', given, { most: 2, changes: { inputs: zeros } })) as [Spectrum]
  assert.deepEqual(exponents, [-Infinity, -Infinity])
})
