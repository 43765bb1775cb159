// A batch cut into shards or micro-batches is computed as it is whole, and the same way every time.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Program } from '@unroll/bptt'
import { selectEngine, tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { Comparison } from './comparison.ts'
import { enginesInTurn, FLOAT32_ENGINES, needs } from './interpreters.ts'
import { modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'
import { compareRuns, once, runOn, type RunOptions } from './runs.ts'

const N = 4
const TOLERANCE = 1e-4 // float32 over a few updates

interface Trained {
  readonly what: string
  readonly given: Program
}

const clippedBy = (policies: typeof POLICIES): readonly Trained[] =>
  policies.map((clipping) => ({ what: `clipping by ${clipping.policy}`, given: program({ batchSize: N, clipping }) }))

/** Clips inside a shard. */
const INSIDE = POLICIES.filter(({ policy }) => policy === 'timestep')

const PROGRAMS: readonly Trained[] = [
  ...clippedBy(INSIDE),
  ...(['rnn', 'gru_simple', 'gru', 'lstm'] as const).map((cell) => ({
    what: `${cell} over vectors, many to one`,
    given: program({
      batchSize: N,
      model: modelOf(cell, SIZES),
      inputs: { kind: 'vectors', size: SIZES.X },
      mode: 'many_to_one',
    }),
  })),
  ...(['many_to_one', 'many_to_many'] as const).map((mode) => ({
    what: `both directions, ${mode}`,
    given: program({ batchSize: N, model: modelOf('lstm', { H: [4, 3] }, { bidirectional: true }), mode }),
  })),
  ...(['sigmoid', 'identity'] as const).map((kind) => ({
    what: `${kind} read-out`,
    given: program({ batchSize: N, readout: { kind, size: SIZES.K } }),
  })),
]

/** Clip the gradients of all shards once they are summed up. */
const BEHIND = clippedBy(POLICIES.filter((policy) => !INSIDE.includes(policy)))

/** What the oracle trains. */
const expectedOf = once(async (given: Program) => runOn((await selectEngine('oracle')).engine, given))

for (const { shards, programs } of [
  { shards: 1, programs: PROGRAMS },
  { shards: 2, programs: [...PROGRAMS, ...BEHIND] },
  { shards: 4, programs: PROGRAMS },
]) {
  test(`tensorflow trains in ${shards} shards as the oracle does in one`, needs('tensorflow'), async (t) => {
    const comparison = new Comparison(TOLERANCE)
    for (const { what, given } of programs) {
      const run = await runOn(tensorflowEngine(loadLibrary(), { shards }), given)
      compareRuns(run, await expectedOf(given), comparison)
      assert.ok(comparison.numbers > 0, what)
    }
    t.diagnostic(comparison.summary())
  })

  test(`tensorflow in ${shards} shards gives the same bits twice`, needs('tensorflow'), async () => {
    const given = program({ batchSize: N, optimizer: OPTIMIZERS[4]!, clipping: POLICIES[2]! })
    const runs = [await runOn(tensorflowEngine(loadLibrary(), { shards }), given)]
    runs.push(await runOn(tensorflowEngine(loadLibrary(), { shards }), given))
    assert.deepEqual(runs[1], runs[0])
  })

  test(`tensorflow in ${shards} shards leaves out what has no target`, needs('tensorflow'), async (t) => {
    const given = program({ batchSize: N })
    const batch = batchOf(given)
    const targets = Int32Array.from(batch.targets).fill(-1, 0, 9).fill(-1, 13, 14)
    const window = { from: 'initial', lossSteps: SIZES.T, advance: SIZES.T } as const
    const losses: number[] = []
    for (const engine of [tensorflowEngine(loadLibrary(), { shards }), (await selectEngine('oracle')).engine]) {
      const session = await engine.open(given)
      const options = { learningRate: 0.1, metrics: true, flow: true }
      const { loss, gradNorm, accuracy = NaN } = await session.step({ ...batch, targets }, window, options)
      losses.push(loss, gradNorm, accuracy)
      session.dispose()
    }
    const comparison = new Comparison(TOLERANCE)
    comparison.close('loss, norm and accuracy', losses.slice(0, 3), losses.slice(3))
    t.diagnostic(comparison.summary())
  })
}

/** Trained in micro-batches too. */
const ACCUMULATED: readonly (Trained & RunOptions)[] = [
  ...clippedBy(POLICIES),
  {
    what: 'rows of different length, units dropped, a learned initial state',
    given: program({
      batchSize: N,
      model: modelOf(
        'lstm_peephole_full',
        { ...SIZES, layers: 3 },
        { dropout: 0.4, recurrentDropout: 0.3, zoneout: { hidden: 0.2, cell: 0.5 }, initialState: 'learned' },
      ),
      optimizer: OPTIMIZERS[1]!,
    }),
    lengths: Int32Array.from([7, 3, 0, 5]),
  },
  {
    what: 'an output that is projected',
    given: program({
      batchSize: N,
      model: modelOf('lstm', { H: [5, 4] }, { projectionSize: 3, recurrentDropout: 0.3 }),
    }),
    lengths: Int32Array.from([7, 3, 0, 5]),
  },
  {
    what: 'sums of gates that are normalised',
    given: program({ batchSize: N, model: modelOf('lstm', SIZES, { layerNorm: true }) }),
  },
  {
    what: 'numbers of the last step, from the initial state',
    given: program({
      batchSize: N,
      model: modelOf('gru', SIZES, { initialState: 'learned' }),
      inputs: { kind: 'vectors', size: SIZES.X },
      readout: { kind: 'identity', size: SIZES.K },
      mode: 'many_to_one',
    }),
    windows: [0, 1, 2].map(() => ({ from: 'initial', lossSteps: SIZES.T, advance: SIZES.T })),
  },
]

const CUTS = [2, 4]
for (const name of ['oracle', ...FLOAT32_ENGINES]) {
  test(`${name} trains on 2 and on 4 micro-batches as on the whole batch`, needs(name), async (t) => {
    const comparison = new Comparison(1e-6)
    const states = new Comparison(name === 'oracle' ? 1e-13 : 1e-6)
    const engine =
      name === 'tensorflow' ? tensorflowEngine(loadLibrary(), { shards: 2 }) : (await selectEngine(name)).engine
    for (const [index, { given, ...options }] of ACCUMULATED.entries()) {
      if (name !== 'oracle' && !enginesInTurn(FLOAT32_ENGINES, index).includes(name)) continue
      const whole = await runOn(engine, given, options)
      for (const microBatches of name === 'oracle' ? CUTS : [CUTS[index % CUTS.length]!]) {
        const run = await runOn(engine, { ...given, microBatches }, options)
        compareRuns(run, whole, comparison)
        for (const [tensor, { data }] of Object.entries(whole.state.tensors))
          states.close(tensor, run.state.tensors[tensor]?.data ?? [], data)
      }
    }
    engine.dispose()
    t.diagnostic(`${comparison.summary()}; of the states ${states.worst.toExponential(1)}`)
  })
}

test('a batch that does not divide into micro-batches is refused', async () => {
  const { engine } = await selectEngine('oracle')
  await assert.rejects(engine.open(program({ batchSize: N, microBatches: 3 })), {
    name: 'RangeError',
    message: /4 rows must divide into equal micro-batches: current value is 3/,
  })
})
