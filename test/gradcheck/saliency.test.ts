// What an answer rests on, ∂y/∂x_t, against central differences of the answer, of every cell.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createNetwork,
  type Batch,
  type Engine,
  type ExplainedBatch,
  type Program,
  type RowBatch,
  type Session,
} from '@unroll/bptt'
import { CELLS, listLayerNames } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { random } from '@unroll/random'
import { FLOAT32_ENGINES, needs } from '../conformance/interpreters.ts'
import { CELL_NAMES, modelOf } from '../conformance/networks.ts'
import { program } from '../conformance/programs.ts'

const [T, N, X, H, K] = [5, 2, 3, 4, 3]
/** A power of 2, and inputs are multiples of one: what is moved stays exact in float32. */
const STEP = 2 ** -13
const GRID = 2 ** 10
const LENGTHS = Int32Array.of(5, 3)
/** The largest relative error: of float64 against differences, and of float32 against float64. */
const TOLERANCE = { float64: 1e-6, float32: 1e-3 }

type Mode = Program['mode']

function programOf(cell: (typeof CELL_NAMES)[number], mode: Mode, bidirectional = false): Program {
  return program({
    model: modelOf(cell, { H, layers: 2 }, { bidirectional }),
    inputs: { kind: 'vectors', size: X },
    readout: { kind: 'identity', size: K },
    mode,
    batchSize: N,
    sequenceLength: T,
  })
}

/** Inputs, weights and states, all different. */
function drawRows(given: Program, states: readonly string[]): RowBatch & { weights: Float32Array } {
  const draw = random(7, 'saliency')
  const normal = (count: number) => Float32Array.from({ length: count }, () => draw.normal())
  return {
    steps: T,
    inputs: normal(T * N * X).map((x) => Math.round(x * GRID) / GRID),
    lengths: LENGTHS,
    states: Object.fromEntries(states.map((state) => [state, normal(N * H).map((x) => Math.abs(x))])),
    weights: normal((given.mode === 'many_to_one' ? 1 : T) * N * K),
  }
}

/** y = Σ w o. */
async function answer(session: Session, rows: RowBatch & { weights: Float32Array }): Promise<number> {
  const { outputs } = await session.predict(rows)
  return rows.weights.reduce((sum, w, i) => sum + w * outputs[i]!, 0)
}

function explainedBatch({ weights, ...rows }: ReturnType<typeof drawRows>): ExplainedBatch {
  return { ...rows, of: { weights } }
}

async function opened(name: string, given: Program, from?: Session): Promise<{ engine: Engine; session: Session }> {
  const { engine } = await selectEngine(name)
  const state = await from?.state()
  return { engine, session: await engine.open(given, state) }
}

function statesOf(given: Program): string[] {
  const { states } = CELLS[given.model.cell]
  return listLayerNames(given.model).flatMap((_, layer) => states.map((state) => `${layer}.${state}`))
}

/** Networks whose ways back differ: of each cell forward, and of each in both directions. */
const NETWORKS = CELL_NAMES.flatMap((cell) =>
  [false, true].flatMap((bidirectional) =>
    (['many_to_many', 'many_to_one'] as const).map((mode) => ({
      what: `${bidirectional ? 'bidirectional ' : ''}${cell} ${mode}`,
      given: programOf(cell, mode, bidirectional),
      mode,
    })),
  ),
)

for (const { what, given } of NETWORKS)
  test(`${what}: explain() is the gradient of the answer, in float64 and in float32`, async (t) => {
    const { session: oracle } = await opened('oracle', given)
    const rows = drawRows(given, statesOf(given))
    const { gradients } = await oracle.explain(explainedBatch(rows))
    const norm = Math.hypot(...gradients)
    assert.ok(norm > 0)
    const { inputs } = rows
    let looked = 0
    for (let i = 0; i < inputs.length; i++) {
      const n = Math.floor(i / X) % N
      if (Math.floor(i / (X * N)) >= LENGTHS[n]!) {
        assert.equal(gradients[i], 0, 'behind the last step')
        continue
      }
      const at = async (x: number) => {
        const moved = Float32Array.from(inputs)
        moved[i] = x
        return await answer(oracle, { ...rows, inputs: moved })
      }
      const difference = ((await at(inputs[i]! + STEP)) - (await at(inputs[i]! - STEP))) / (2 * STEP)
      assert.ok(Math.abs(difference - gradients[i]!) <= TOLERANCE.float64 * norm, `${i}: ${difference} ${gradients[i]}`)
      looked++
    }
    assert.equal(looked, 8 * X)
    for (const name of FLOAT32_ENGINES) {
      if ('skip' in needs(name)) continue
      const { session } = await opened(name, given, oracle)
      const { gradients: rounded } = await session.explain(explainedBatch(rows))
      const off = Math.hypot(...Array.from(rounded, (g, i) => g - gradients[i]!))
      assert.ok(off <= TOLERANCE.float32 * norm, `${name}: ${off / norm}`)
      session.dispose()
    }
    oracle.dispose()
    t.diagnostic(`${looked} of ${inputs.length} inputs looked at`)
  })

/** The largest difference of a loss that two passes of one engine may have. */
const AGREES = { float64: 1e-12, float32: 1e-4 }
/** The same of the log₁₀ of a norm: the flow is in float32. */
const FLOW_AGREES = 1e-4

for (const { what, given, mode } of NETWORKS)
  test(`${what}: a trace has the loss of evaluate(), and its gradients have the norms of the flow of step()`, async (t) => {
    const { session: first } = await opened('oracle', given)
    const { inputs, lengths } = drawRows(given, [])
    const draw = random(7, 'targets')
    const answered = mode === 'many_to_one' ? 1 : T
    const targets = Float32Array.from({ length: answered * N * K }, (_, i) =>
      Math.floor(i / (N * K)) < LENGTHS[Math.floor(i / K) % N]! ? draw.normal() : NaN,
    )
    const batch: Batch = { steps: T, inputs, targets, lengths }
    const states = Object.fromEntries(statesOf(given).map((name) => [name, new Float32Array(N * H)]))
    let looked = 0
    for (const name of ['oracle', ...FLOAT32_ENGINES]) {
      if (name !== 'oracle' && 'skip' in needs(name)) continue
      const tolerance = name === 'oracle' ? AGREES.float64 : AGREES.float32
      const { session } = await opened(name, given, first)
      const { loss } = await session.evaluate(batch)
      const rows = { steps: T, inputs, lengths, states, of: { targets }, traced: true }
      const { trace } = await session.explain(rows)
      assert.ok(trace)
      assert.ok(Math.abs(trace.loss! - loss) <= tolerance, `${name}: ${trace.loss} ${loss}`)
      const window = { from: 'initial', lossSteps: T, advance: 0 } as const
      const { flow } = await session.step(batch, window, { learningRate: 0, metrics: false, flow: true })
      const { layers, cell } = createNetwork(given)
      const parts = cell.flows?.['h'] ?? ['h'] // whose gradients together the flow of h is of
      for (const [layer, norms] of flow!.h.entries())
        for (const [taken, norm] of norms.entries()) {
          const step = layers[layer]!.direction === 'forward' ? taken : T - 1 - taken
          const own = parts.flatMap((state) => [
            ...trace.stateGradients[`${layer}.${state}`]!.subarray(step * N * H, (step + 1) * N * H),
          ])
          const log10 = Math.log10(Math.hypot(...own))
          assert.ok(
            log10 === norm || Math.abs(log10 - norm) <= FLOW_AGREES,
            `${name} ${layer} ${step}: ${log10} ${norm}`,
          )
          looked++
        }
      assert.deepEqual(Object.keys(trace.states).toSorted(), statesOf(given).toSorted())
      const { outputs, states: after } = await session.predict(rows)
      const [newest = NaN] = outputs.subarray((answered - 1) * N * K) // of a row that has all steps
      assert.ok(Math.abs(newest - trace.outputs[(T - 1) * N * K]!) <= tolerance)
      for (const [state, values] of Object.entries(after)) {
        const end = layers[Number(state.split('.')[0])]!.direction === 'forward' ? T - 1 : 0
        assert.deepEqual(
          trace.states[state]!.slice(end * N * H, (end + 1) * N * H),
          values,
          `${name} ${state} after the last step that it takes`,
        )
      }
      session.dispose()
    }
    first.dispose()
    assert.ok(looked >= 2 * T)
    t.diagnostic(`${looked} norms looked at`)
  })
