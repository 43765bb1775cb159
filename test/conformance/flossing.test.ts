// Gradient flossing: the gradient of the squares of the Lyapunov exponents, of every cell and on every engine.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createNetwork,
  initialState,
  mapTensors,
  type Batch,
  type HostTensor,
  type Program,
  type Session,
  type SpectrumGradients,
} from '@unroll/bptt'
import { FLOAT32_ENGINES, GPU_GRAPH, needs, openEngine } from './interpreters.ts'
import { CELL_NAMES, modelOf, NORMALISED_CELLS, PROJECTED_CELLS, zoneoutOf } from './networks.ts'
import { batchOf, program, SIZES } from './programs.ts'

const K = 3
const WINDOW = { from: 'initial', lossSteps: SIZES.T, advance: SIZES.T } as const
type State = Readonly<Record<string, HostTensor>>

/** What is asked of a session, which learns nothing by it. */
async function ask<Answer>(
  name: string,
  given: Program,
  state: State,
  question: (session: Session) => Promise<Answer>,
): Promise<Answer> {
  const engine = await openEngine(name)
  const session = await engine.open(given, { tensors: state, updates: 0 })
  const before = await session.state()
  const answer = await question(session)
  assert.deepEqual(await session.state(), before, 'nothing is learned')
  engine.dispose()
  assert.equal(engine.live(), 0, 'tensors are left over')
  return answer
}

async function floss(name: string, given: Program, state: State, batch: Batch): Promise<SpectrumGradients> {
  return ask(name, given, state, (session) => session.differentiateSpectrum(batch, WINDOW, K))
}

async function measureSquares(given: Program, state: State, batch: Batch): Promise<number> {
  const spectra = await ask('oracle', given, state, (session) => session.measureSpectrum(batch, WINDOW, K))
  return spectra.flatMap(({ exponents }) => exponents).reduce((sum, exponent) => sum + exponent ** 2, 0)
}

/** Initial parameters, but that all units of relu are on, and that a linear recurrence is not orthogonal, where all exponents are 0. */
function begin(given: Program): State {
  const { model } = given
  const activation = model.cell === 'indrnn' ? 'relu' : model.cell === 'rnn' ? model.activation : undefined
  return mapTensors(initialState(createNetwork(given), given), ({ shape, data }, name) => {
    if (activation === 'relu' && name.endsWith('.b')) return { shape, data: data.map(() => 3) }
    return { shape, data: activation === 'identity' && name.endsWith('.Wh') ? data.map((w) => 0.7 * w) : data }
  })
}

/** The largest difference between the gradient and central differences, over the largest of the gradient. */
async function compareWithDifferences(given: Program, batch: Batch): Promise<{ worst: number; count: number }> {
  const state = begin(given)
  const { squares, gradients } = await floss('oracle', given, state, batch)
  assert.ok(Math.abs(squares - (await measureSquares(given, state, batch))) < 1e-12 * Math.max(1, squares))
  const step = 1e-6
  let [worst, largest, count] = [0, 0, 0]
  for (const [name, { shape, data }] of Object.entries(gradients))
    for (let at = 0; at < data.length; at += Math.max(1, Math.floor(data.length / 2))) {
      const moved = async (by: number) => {
        const values = Float64Array.from(state[name]!.data)
        values[at]! += by
        return measureSquares(given, { ...state, [name]: { shape, data: values } }, batch)
      }
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step)
      worst = Math.max(worst, Math.abs(difference - data[at]!))
      largest = Math.max(largest, Math.abs(data[at]!))
      count += 1
    }
  assert.ok(largest > 1e-6)
  return { worst: worst / largest, count }
}

/** How far numbers of float32 are from those of float64, of the largest of them. */
function compareGradients(
  got: SpectrumGradients,
  wanted: SpectrumGradients,
  what: string,
): { readonly numbers: number; readonly worst: number } {
  const all = ({ gradients }: SpectrumGradients) =>
    Object.keys(wanted.gradients).flatMap((name) => Array.from(gradients[name]!.data))
  const [ours, theirs] = [all(got), all(wanted)]
  const largest = Math.max(...theirs.map(Math.abs))
  const worst = Math.max(...theirs.map((number, at) => Math.abs(ours[at]! - number))) / largest
  assert.ok(worst < 1e-4, `${what}: ${worst}`)
  assert.ok(Math.abs(got.squares - wanted.squares) < 1e-4 * Math.max(1, wanted.squares), what)
  return { numbers: theirs.length, worst }
}

const LENGTHS = Int32Array.of(7, 3, 5)
const NETWORKS: readonly (readonly [title: string, given: Program])[] = [
  ...CELL_NAMES.map((cell) => [cell, program({ model: modelOf(cell, { H: [SIZES.H, 4] }) })] as const),
  ...NORMALISED_CELLS.map(
    (cell) => [`${cell}, normalised`, program({ model: modelOf(cell, { H: 6 }, { layerNorm: true }) })] as const,
  ),
  ...PROJECTED_CELLS.map(
    (cell) => [`${cell}, projected`, program({ model: modelOf(cell, { H: 4 }, { projectionSize: 3 }) })] as const,
  ),
  [
    'lstm, both directions, learned states, embedding, dropout and zoneout',
    program({
      model: modelOf(
        'lstm',
        { H: 4, layers: 2 },
        {
          bidirectional: true,
          initialState: 'learned',
          embedding: 3,
          dropout: 0.3,
          recurrentDropout: 0.2,
          zoneout: zoneoutOf('lstm'),
        },
      ),
    }),
  ],
  ...(['relu', 'sigmoid', 'identity'] as const).map(
    (activation) => [`rnn, ${activation}`, program({ model: modelOf('rnn', { H: 5 }, { activation }) })] as const,
  ),
]

for (const [title, given] of NETWORKS)
  test(`${title}: the gradient of the squares is that of central differences to 1e-6`, async (t) => {
    const batch = { ...batchOf(given), lengths: LENGTHS }
    const { worst, count } = await compareWithDifferences(given, batch)
    t.diagnostic(`${count} numbers, worst ${worst.toExponential(1)}`)
    assert.ok(count > 0)
    assert.ok(worst < 1e-6, String(worst))
  })

for (const name of [...FLOAT32_ENGINES, GPU_GRAPH.name])
  test(`${name}: the gradient of every cell is the oracle's`, needs(name), async (t) => {
    let [numbers, worst] = [0, 0]
    for (const [title, given] of NETWORKS) {
      const batch = { ...batchOf(given), lengths: LENGTHS }
      const state = begin(given)
      const [got, wanted] = [await floss(name, given, state, batch), await floss('oracle', given, state, batch)]
      const compared = compareGradients(got, wanted, title)
      worst = Math.max(worst, compared.worst)
      numbers += compared.numbers
    }
    assert.ok(numbers > 1000)
    t.diagnostic(`${numbers} numbers of ${NETWORKS.length} networks, worst ${worst.toExponential(1)}`)
  })

test('shards and micro-batches change the gradient by rounding alone', needs('tensorflow'), async (t) => {
  const given = program({ model: modelOf('lstm', { H: [SIZES.H, 4] }), batchSize: 6 })
  const batch = { ...batchOf(given), lengths: Int32Array.of(7, 3, 5, 1, 0, 6) }
  const state = begin(given)
  const wanted = await floss('oracle', given, state, batch)
  for (const cut of [{ shards: 3 }, { shards: 1, microBatches: 2 }, { shards: 3, microBatches: 2 }]) {
    const got = await floss('tensorflow', { ...given, ...cut }, state, batch)
    compareGradients(got, wanted, JSON.stringify(cut))
  }
  const { squares } = await floss('oracle', { ...given, microBatches: 2 }, state, batch)
  assert.ok(Math.abs(squares - wanted.squares) < 1e-12)
  t.diagnostic('4 ways to cut a batch')
})

test('a direction that ends counts for nothing from there on, and has a finite gradient', async () => {
  const given = program({ model: modelOf('rnn', { H: 5 }, { activation: 'relu' }) })
  const state = mapTensors(begin(given), ({ shape, data }, name) => ({
    shape,
    data: name.endsWith('.b') ? data.map(() => -9) : data,
  }))
  const { squares, gradients } = await floss('oracle', given, state, batchOf(given))
  assert.equal(squares, 0)
  for (const { data } of Object.values(gradients)) assert.ok(data.every((number) => number === 0))
})

test('what is frozen has no gradient', async () => {
  const given = program({ frozen: ['layers.0', 'readout'] })
  const { gradients } = await floss('oracle', given, begin(given), batchOf(given))
  assert.deepEqual(Object.keys(gradients).toSorted(), ['layers.1.Wh', 'layers.1.Wx', 'layers.1.b'])
})
