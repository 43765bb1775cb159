// The two halves of a step, apart, leave what the whole step leaves.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Program, StepReport, TrainingState, Window } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { FLOAT32_ENGINES, enginesInTurn, needs } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'

const { N, H, T } = SIZES
const STEPS = 3
/** So many that a window has several chunks. */
const LONG = 1_500
const ADAM = OPTIMIZERS[4]!
const DROPPING = modelOf('lstm', { H, layers: 2 }, { dropout: 0.3, initialState: 'learned' })

const PROGRAMS: readonly { what: string; given: Program; steps: number }[] = [
  ...POLICIES.map((clipping) => ({
    what: `clipping ${clipping.policy}`,
    given: program({ clipping, optimizer: ADAM }),
    steps: T,
  })),
  { what: 'dropout and a learned initial state', given: program({ model: DROPPING, optimizer: ADAM }), steps: T },
  { what: 'micro-batches', given: program({ model: DROPPING, optimizer: ADAM, microBatches: N }), steps: T },
  { what: 'chunks', given: program({ clipping: POLICIES[2]!, optimizer: ADAM }), steps: LONG },
]

/** Windows that go on from each other, then one from the start. */
function windowsOf(steps: number): readonly Window[] {
  return Array.from({ length: STEPS }, (_, step) => ({
    from: step === 1 ? 'carried' : 'initial',
    lossSteps: steps - 2,
    advance: steps,
  }))
}

const ENGINES = ['oracle', ...FLOAT32_ENGINES]
for (const name of ENGINES)
  test(`${name} differentiate() and applyGradients() leave the state of step() bit for bit`, needs(name), async (t) => {
    const { engine } = await selectEngine(name)
    const programs = PROGRAMS.filter((_, index) => enginesInTurn(ENGINES, index).includes(name))
    let compared = 0
    for (const { what, given, steps } of programs) {
      const run = async (isApart: boolean): Promise<{ state: TrainingState; reports: StepReport[] }> => {
        const session = await engine.open(given)
        const reports: StepReport[] = []
        for (const [step, window] of windowsOf(steps).entries()) {
          const batch = batchOf(given, step, steps)
          const options = { learningRate: 0.05, metrics: true, flow: true }
          if (!isApart) {
            reports.push(await session.step(batch, window, options))
            continue
          }
          const { gradients, ...report } = await session.differentiate(batch, window, options)
          const { clippedFraction } = report
          const about = { loss: report.loss, gradients, ...(clippedFraction !== undefined && { clippedFraction }) }
          reports.push({ ...(await session.applyGradients(about, options)), ...report })
        }
        const state = await session.state()
        session.dispose()
        return { state, reports }
      }
      const [whole, apart] = [await run(false), await run(true)]
      assert.deepEqual(apart.reports, whole.reports, what)
      assert.equal(apart.state.updates, whole.state.updates)
      for (const [tensor, { data }] of Object.entries(whole.state.tensors)) {
        assert.deepEqual(apart.state.tensors[tensor]?.data, data, `${what}: ${tensor}`)
        compared += data.length
      }
    }
    assert.ok(compared > 0)
    assert.equal(engine.live(), 0)
    engine.dispose()
    t.diagnostic(`${programs.length} programs, ${compared} numbers`)
  })

test('applyGradients() refuses gradients that are absent or misshapen', async () => {
  const { engine } = await selectEngine('oracle')
  const given = program()
  const session = await engine.open(given)
  const window = { from: 'initial', lossSteps: T, advance: T } as const
  const { loss, gradients } = await session.differentiate(batchOf(given, 0), window, { flow: false })
  const [first = ''] = Object.keys(gradients)
  const { [first]: left, ...others } = gradients
  const flat = { ...gradients, [first]: { ...left!, shape: [left!.data.length + 1] } }
  for (const wrong of [others, flat])
    await assert.rejects(session.applyGradients({ loss, gradients: wrong }, { learningRate: 1 }), RangeError)
  engine.dispose()
})
