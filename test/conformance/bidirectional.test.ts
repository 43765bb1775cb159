// What a network that reads in both directions promises on every engine: rows are read from their own last step, sequences stay
// whole, the flow is in the order of reading, and a run resumes bit for bit.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Batch, HostTensor, Program, TrainingState } from '@unroll/bptt'
import { CHUNK_ROWS } from '@unroll/contract'
import { Comparison } from './comparison.ts'
import { ENGINES, FLOAT32_ENGINES, needs, openEngine } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'
import { compareRuns, listNorms, runOn } from './runs.ts'

const { N, T, K, H } = SIZES
const LOOK = { learningRate: 0, metrics: true, flow: true, probe: true, saturation: true } as const
const LEARN = { learningRate: 0.05, metrics: false, flow: false } as const
const MODES = ['many_to_many', 'many_to_one'] as const

function whole(steps: number) {
  return { from: 'initial', lossSteps: steps, advance: 0 } as const
}

function bothWays(changes: Partial<Program> = {}): Program {
  return program({ model: modelOf('lstm', { H: [H, 4] }, { bidirectional: true }), ...changes })
}

/** The valid steps of each row the other way round. */
function turnRound({ steps, inputs, targets, lengths }: Batch, mode: Program['mode']): Batch {
  const turn = <Numbers extends Batch['inputs']>(values: Numbers): Numbers =>
    values.map((value, i) => {
      const length = lengths?.[i % N] ?? steps
      const t = Math.floor(i / N)
      return t < length ? values[(length - 1 - t) * N + (i % N)]! : value
    }) as Numbers
  return {
    steps,
    inputs: turn(inputs),
    targets: mode === 'many_to_many' ? turn(targets) : targets,
    ...(lengths && { lengths }),
  }
}

/** The parameters with the directions exchanged: of a layer above the lowest, and of the read-out, the rows of what each makes too. */
function exchange({ tensors, updates }: TrainingState): TrainingState {
  const exchangeHalves = ({ shape, data }: HostTensor): HostTensor => {
    const half = data.length / 2
    return { shape, data: Float32Array.from(data, (_, i) => data[(i + half) % data.length]!) }
  }
  const names: Record<string, string> = { forward: 'backward', backward: 'forward' }
  const exchanged = Object.entries(tensors).map(([name, tensor]) => {
    const readsBoth = /^layers\.1\..*\.Wx$|^readout\.Wo$/.test(name)
    return [
      name.replace(/forward|backward/, (direction) => names[direction]!),
      readsBoth ? exchangeHalves(tensor) : tensor,
    ]
  })
  return { tensors: Object.fromEntries(exchanged) as TrainingState['tensors'], updates }
}

for (const name of ENGINES)
  for (const mode of MODES)
    test(
      `${name} ${mode}: rows turned round are to exchanged directions what rows are to the directions as they were`,
      needs(name),
      async (t) => {
        const given = bothWays({ mode })
        const engine = await openEngine(name)
        const session = await engine.open(given)
        const mirrored = await engine.open(given, exchange(await session.state()))
        const batch = { ...batchOf(given), lengths: Int32Array.of(T, 2, 5) }
        const own = await session.step(batch, whole(T), LOOK)
        const other = await mirrored.step(turnRound(batch, mode), whole(T), LOOK)
        const comparison = new Comparison(name === 'oracle' ? 1e-6 : 1e-4) // the flow is in float32 everywhere
        comparison.close('loss', [other.loss], [own.loss])
        comparison.close('norm', [other.gradNorm], [own.gradNorm])
        // A row that ends early is at other steps when it is turned round: its flow is compared where all rows have all steps.
        const full = batchOf(given)
        const flow = (await session.step(full, whole(T), LOOK)).flow!
        const turned = (await mirrored.step(turnRound(full, mode), whole(T), LOOK)).flow!
        for (const kind of ['h', 'c', 'probe'] as const) {
          if (kind === 'probe' && mode === 'many_to_many') continue // of the target of the last step, which is then another
          for (const row of [0, 1, 2, 3])
            comparison.close(
              `${kind} ${row}`,
              listNorms(turned, kind)[row + 1 - 2 * (row % 2)]!,
              listNorms(flow, kind)[row]!,
            )
        }
        assert.equal(flow.h.length, 4)
        t.diagnostic(comparison.summary())
        engine.dispose()
      },
    )

for (const name of ENGINES)
  test(
    `${name}: the probe flow is the flow of one answer, from the last states, with the target of the last step`,
    needs(name),
    async (t) => {
      const engine = await openEngine(name)
      const every = await engine.open(bothWays())
      const once = await engine.open(bothWays({ mode: 'many_to_one' }), await every.state())
      const batch = batchOf(bothWays())
      const targets = batch.targets.slice(-N) as Int32Array
      const { flow } = await every.step(batch, whole(T), LOOK)
      const { flow: alone } = await once.step({ ...batch, targets }, whole(T), LOOK)
      assert.equal(flow?.probe?.length, 4)
      const comparison = new Comparison(1e-6)
      for (const [layer, norms] of alone!.h.entries()) {
        comparison.close('every', flow.probe[layer]!.log10, norms)
        comparison.close('once', alone!.probe![layer]!.log10, norms)
      }
      assert.notDeepEqual(Float32Array.from(flow.probe[0]!.log10), flow.h[0])
      t.diagnostic(comparison.summary())
      engine.dispose()
    },
  )

for (const name of ENGINES)
  for (const mode of MODES)
    test(`${name} ${mode}: padding changes no bit of a row`, needs(name), async () => {
      const given = bothWays({ mode })
      const engine = await openEngine(name)
      const session = await engine.open(given)
      const batch = batchOf(given, 0, 4)
      const width = mode === 'many_to_one' ? N * K : 4 * N * K
      const states = Object.fromEntries(
        [0, 1, 2, 3].flatMap((row) =>
          ['h', 'c'].map((state) => [`${row}.${state}`, new Float32Array(N * (row < 2 ? H : 4))]),
        ),
      )
      const answers: (readonly number[])[] = []
      for (const padding of [0, 1, 6]) {
        const inputs = new Int32Array((4 + padding) * N).fill(1)
        inputs.set(batch.inputs)
        const lengths = Int32Array.of(4, 4, 4)
        const { outputs } = await session.predict({ steps: 4 + padding, inputs, lengths, states })
        answers.push([...outputs.subarray(0, width)])
      }
      assert.ok(answers[0]!.length === width && answers[0]!.every(Number.isFinite))
      assert.deepEqual(answers[1], answers[0])
      assert.deepEqual(answers[2], answers[0])
      engine.dispose()
    })

for (const name of ENGINES)
  for (const microBatches of [1, N])
    test(
      `${name}: a run that resumes goes on with the same bits, in ${microBatches} micro-batches`,
      needs(name),
      async () => {
        const model = modelOf(
          'gru',
          { H: [4, 4] },
          { bidirectional: true, residual: true, dropout: 0.3, recurrentDropout: 0.2 },
        )
        const optimizer = { ...OPTIMIZERS[4]!, weight_average: 0.9 }
        const given = bothWays({ model, microBatches, optimizer, clipping: POLICIES[7]! })
        const engine = await openEngine(name)
        const lengths = Int32Array.of(3, T, 1)
        const go = async (session: Awaited<ReturnType<typeof engine.open>>, from: number, to: number) => {
          for (let step = from; step < to; step++)
            await session.step({ ...batchOf(given, step), lengths }, whole(T), LEARN)
          return await session.state()
        }
        const straight = await go(await engine.open(given), 0, 6)
        const resumed = await go(await engine.open(given, await go(await engine.open(given), 0, 3)), 3, 6)
        assert.equal(resumed.updates, 6)
        assert.ok(Object.keys(straight.tensors).some((tensor) => tensor === 'average.layers.1.backward.Wh'))
        assert.deepEqual(resumed, straight)
        engine.dispose()
      },
    )

/** A window that a network of one direction would be cut into chunks for. */
const LONG = Math.ceil(CHUNK_ROWS / N) + 5

for (const name of FLOAT32_ENGINES)
  test(`${name}: a window of ${LONG} steps is computed whole, as the oracle does`, needs(name), async (t) => {
    const model = modelOf('gru', { H: 2 }, { bidirectional: true })
    const given = bothWays({ model, segmentSteps: 100 })
    const options = { windows: [whole(LONG)], steps: LONG, looks: false, lengths: Int32Array.of(LONG, 3, LONG - 7) }
    const comparison = new Comparison(1e-4)
    compareRuns(
      await runOn(await openEngine(name), given, options),
      await runOn(await openEngine('oracle'), given, options),
      comparison,
    )
    t.diagnostic(comparison.summary())
  })

test('a session refuses to truncate what is read in both directions', async () => {
  const engine = await openEngine('oracle')
  const session = await engine.open(bothWays())
  const batch = batchOf(bothWays())
  const truncated = { from: 'initial', lossSteps: 3, advance: 0 } as const
  await assert.rejects(session.step(batch, truncated, LEARN), /bidirectional layer begins at its end/)
  await assert.rejects(session.truncationBias(batch, { k1: 2, k2: 4 }), /bidirectional layer begins at its end/)
  engine.dispose()
})
