// The itemised matrix A[s,t] = ‖∂L_s/∂h_t‖: its rows add up to the gradient of the whole loss, on every engine.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  answerWindow,
  backpropagate,
  backThroughSources,
  createNetwork,
  dropoutMasks,
  initialParameters,
  joinRows,
  named,
  planSources,
  zoneoutMasks,
  type BoundNetwork,
  type Network,
  type Program,
  type Session,
  type Window,
  type StepBatch,
} from '@unroll/bptt'
import { answeredBatch, uploadBatch, type Interpreter } from '@unroll/engines'
import { FLOAT32_ENGINES, GPU_GRAPH, needs, openEngine, SUBJECTS, upload } from './interpreters.ts'
import { CELL_NAMES, modelOf, NORMALISED_CELLS, PROJECTED_CELLS, zoneoutOf } from './networks.ts'
import { Comparison } from './comparison.ts'
import { batchOf, POLICIES, program, SIZES } from './programs.ts'

const { N, T } = SIZES
const SOURCES = 4
const LENGTHS = Int32Array.of(7, 3, 5)
const LOOK = { learningRate: 0, metrics: false, flow: true, probe: true } as const
const FULL = { from: 'initial', lossSteps: T, advance: T } as const

interface Given {
  readonly what: string
  readonly given: Program
  readonly lengths?: Int32Array
}

const WITH_CELLS: readonly Given[] = CELL_NAMES.map((cell) => ({
  what: cell,
  given: program({ model: modelOf(cell, { H: [6, 4] }) }),
}))

/** What else a gradient goes through. */
const WITH_OPTIONS: readonly Given[] = [
  ...CELL_NAMES.filter((cell) => !cell.startsWith('min_')).map((cell) => ({
    what: `${cell} with recurrent dropout and zoneout, rows that differ in length`,
    given: program({
      model: modelOf(cell, SIZES, {
        recurrentDropout: 0.3,
        ...(cell !== 'slstm' && { zoneout: zoneoutOf(cell) }),
      }),
    }),
    lengths: LENGTHS,
  })),
  ...NORMALISED_CELLS.map((cell) => ({
    what: `${cell} with layer normalisation`,
    given: program({ model: modelOf(cell, SIZES, { layerNorm: true }) }),
  })),
  ...PROJECTED_CELLS.map((cell) => ({
    what: `${cell} that projects its output, in residual layers with dropout between them`,
    given: program({
      model: modelOf(cell, { H: [5, 4] }, { projectionSize: 3, residual: true, dropout: 0.3 }),
    }),
    lengths: LENGTHS,
  })),
  ...(['many_to_many', 'many_to_one'] as const).map((mode) => ({
    what: `both directions of gru, ${mode}`,
    given: program({ model: modelOf('gru', { H: [5, 3] }, { bidirectional: true }), mode }),
    lengths: LENGTHS,
  })),
  { what: 'one answer', given: program({ mode: 'many_to_one' }) },
]

/** A batch and the masks of an update as tensors of an interpreter. */
function uploadAll<X>(interpreter: Interpreter<X>, network: Network, { given, lengths }: Given): StepBatch<X> {
  const batch = { ...batchOf(given), ...(lengths && { lengths }) }
  const masks = {
    dropout: dropoutMasks(network, 3, 0),
    zoneout: zoneoutMasks(network, { seed: 3, update: 0 }, { start: 0, steps: T }),
  }
  return uploadBatch(interpreter, network, answeredBatch(network, batch, T), masks)
}

/** Σ_s ∂L_s/∂h_t of each layer, [T,NH], beside ∂L/∂h_t. */
function addUpSources<X>(interpreter: Interpreter<X>, each: Given) {
  const { ops, download } = interpreter
  const network = createNetwork(each.given)
  const bound: BoundNetwork<X> = {
    ops,
    network,
    parameters: upload(interpreter, initialParameters(network, each.given)),
  }
  const batch = uploadAll(interpreter, network, each)
  const { runs, dh } = answerWindow(bound, { from: 'initial', carried: [], lossSteps: T }, batch)
  const pass = { inputs: batch.inputs, runs, dh }
  const plan = planSources(network, { steps: T, lossSteps: T, most: SOURCES })
  const whole = backpropagate(bound, pass, { states: true }).layers.map(({ dStates }) =>
    download(joinRows(ops, named(dStates, 'h'))),
  )
  const sums = whole.map(({ length }) => new Float64Array(length))
  backThroughSources(bound, pass, { ...plan, states: true }, (layers, { start, end, active }) => {
    for (const [layer, { dStates }] of layers.entries()) {
      const rows = download(joinRows(ops, named(dStates, 'h')))
      const width = rows.length / ((end - start) * active)
      for (const [i, value] of rows.entries()) {
        const t = start + Math.floor(i / (width * active))
        sums[layer]![t * width + (i % width)]! += value
      }
    }
  })
  return { whole, sums, sources: plan.sources.length }
}

for (const subject of SUBJECTS) {
  const tolerance = subject.name === 'oracle' ? 1e-12 : 1e-5
  const all = subject.name === 'oracle' || subject.name === 'wasm' ? [...WITH_CELLS, ...WITH_OPTIONS] : WITH_CELLS
  test(
    `the gradients of all sources add up to that of the loss to ${tolerance} on ${subject.name}`,
    needs(subject.name),
    async (t) => {
      let numbers = 0
      let worst = 0
      for (const each of all) {
        await subject.run((interpreter) => {
          interpreter.ops.scope(() => {
            const { whole, sums } = addUpSources(interpreter, each)
            for (const [layer, wanted] of whole.entries()) {
              const width = wanted.length / T
              for (let step = 0; step < T; step++) {
                const own = wanted.subarray(step * width, (step + 1) * width)
                const largest = Math.max(Number.MIN_VALUE, ...Array.from(own, Math.abs))
                for (const [i, value] of own.entries()) {
                  const error = Math.abs(sums[layer]![step * width + i]! - value) / largest
                  assert.ok(error <= tolerance, `${each.what}: layer ${layer}, step ${step + 1}, ${i}: ${error}`)
                  worst = Math.max(worst, error)
                  numbers += 1
                }
              }
            }
            return undefined
          })
        })
      }
      assert.ok(numbers > 0)
      t.diagnostic(`${all.length} networks, ${numbers} numbers, worst relative error ${worst.toExponential(1)}`)
    },
  )
}

/** The matrix of a session before its first update, or after one that carries a state. */
async function itemised(session: Session, { given, lengths }: Given, window: Window = FULL, most = SOURCES) {
  const batch = { ...batchOf(given), ...(lengths && { lengths }) }
  if (window.from === 'carried') await session.forward(batch, { from: 'initial', advance: 3 })
  return { layers: await session.itemise(batch, window, most), ...(await session.step(batch, window, LOOK)) }
}

const TRUNCATED: Window = { from: 'carried', lossSteps: 3, advance: 2 }

/** What a session does besides. */
const IN_SESSIONS: readonly (Given & { readonly window?: Window })[] = [
  ...WITH_OPTIONS,
  { what: 'a truncated window from a carried state', given: program(), window: TRUNCATED },
  { what: 'micro-batches, a row each', given: program({ microBatches: N }), lengths: LENGTHS },
  { what: 'clipping at every step', given: program({ clipping: POLICIES[4]! }) },
]

for (const name of [...FLOAT32_ENGINES, GPU_GRAPH.name]) {
  test(`itemise() on ${name} has the numbers of float64`, needs(name), async (t) => {
    const [engine, oracle] = [await openEngine(name), await openEngine('oracle')]
    const comparison = new Comparison(1e-5)
    const all = name === 'tensorflow' ? IN_SESSIONS.filter((_, index) => index % 3 === 0) : IN_SESSIONS
    for (const each of name === GPU_GRAPH.name ? IN_SESSIONS.slice(-3) : all) {
      const [own, wanted] = [await engine.open(each.given), await oracle.open(each.given)]
      const expected = (await itemised(wanted, each, each.window)).layers
      for (const [layer, { sources, matrix }] of (await itemised(own, each, each.window)).layers.entries()) {
        assert.deepEqual(sources, expected[layer]!.sources)
        comparison.close(`${each.what}, layer ${layer}`, matrix, expected[layer]!.matrix)
      }
      own.dispose()
    }
    engine.dispose()
    oracle.dispose()
    t.diagnostic(comparison.summary())
  })
}

test('itemise() has the probe flow as the row of the last source, and the flow where there is one source', async (t) => {
  const engine = await openEngine('oracle')
  const comparison = new Comparison(1e-6)
  const fromLast = (norms: Float32Array | Float64Array) => Array.from(norms, (norm) => norm - norms.at(-1)!) // the probe averages over its own targets
  for (const each of [...WITH_CELLS, ...WITH_OPTIONS.filter(({ given }) => given.model.bidirectional !== true)]) {
    const session = await engine.open(each.given)
    const all = await itemised(session, each)
    const one = await itemised(session, each, FULL, 1)
    for (const [layer, { matrix, sources }] of all.layers.entries()) {
      const last = matrix.subarray(matrix.length - T)
      comparison.close(`${each.what}, probe`, fromLast(last), fromLast(all.flow!.probe![layer]!.log10))
      comparison.close(`${each.what}, flow`, one.layers[layer]!.matrix, one.flow!.h[layer]!)
      assert.deepEqual([...sources], each.given.mode === 'many_to_one' ? [T] : [1, 3, 5, 7])
    }
    session.dispose()
  }
  t.diagnostic(comparison.summary())
})

test('itemise() has exact zeros where a source has not been, in the order in which each direction reads', async () => {
  const engine = await openEngine('oracle')
  for (const bidirectional of [false, true]) {
    const given = program({ model: modelOf('rnn', { H: 4 }, { bidirectional }) })
    const session = await engine.open(given)
    const { layers } = await itemised(session, { what: 'rnn', given })
    assert.equal(layers.length, bidirectional ? 2 : 1)
    for (const { sources, matrix } of layers) {
      const rows = Array.from(sources, (_, s) => [...matrix.subarray(s * T, (s + 1) * T)].map(Number.isFinite))
      const ends = [...sources.slice(1), T + 1]
      assert.deepEqual(
        rows,
        ends.map((end) => Array.from({ length: T }, (_, t) => t + 1 < end)),
      )
    }
    assert.deepEqual([...layers.at(-1)!.sources], bidirectional ? [1, 2, 4, 6] : [1, 3, 5, 7])
    session.dispose()
  }
})

test('itemise() changes no number of a run', async () => {
  const engine = await openEngine('oracle')
  const given = program({ model: modelOf('lstm', SIZES, { recurrentDropout: 0.3 }) })
  const [looked, other] = [await engine.open(given), await engine.open(given)]
  await itemised(looked, { what: 'lstm', given })
  await other.step(batchOf(given), FULL, LOOK)
  assert.deepEqual(await looked.state(), await other.state())
})
