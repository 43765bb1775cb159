// What holds of every program, on programs drawn at random: the same draws in every run of the suite.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Batch, Engine, Program, StepOptions, TrainingState, Window } from '@unroll/bptt'
import { selectEngine, tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { parseJobSpec } from '@unroll/contract'
import { openFeed } from '@unroll/tasks'
import * as fc from 'fast-check'
import { Comparison } from './comparison.ts'
import { FLOAT32_ENGINES, needs } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program } from './programs.ts'

const SEED = 1997
/** Float32 over a few updates; sums of a batch in another order. */
const TOLERANCE = 1e-4
const LEARN: StepOptions = { learningRate: 0.05, metrics: false, flow: false }
const OBSERVE: StepOptions = { ...LEARN, metrics: true, flow: true, probe: true, saturation: true }
const SGD = OPTIMIZERS[0]!
/** A gradient that is rounding alone becomes a whole step in the others, which divide by its size. */
const LINEAR_OPTIMIZERS = OPTIMIZERS.slice(0, 3)

/** Programs without dropout, whose units are drawn anew at each update. */
const programs = fc
  .record({
    cell: fc.constantFrom(...CELL_NAMES),
    H: fc.integer({ min: 1, max: 7 }),
    layers: fc.integer({ min: 1, max: 3 }),
    initialState: fc.constantFrom('zeros' as const, 'learned' as const),
    symbols: fc.boolean(),
    kind: fc.constantFrom('softmax' as const, 'sigmoid' as const, 'identity' as const),
    batchSize: fc.constantFrom(1, 2, 3, 4, 8),
    clipping: fc.constantFrom(...POLICIES),
    optimizer: fc.constantFrom(...OPTIMIZERS),
    seed: fc.nat(),
  })
  .map(({ cell, H, layers, initialState, symbols, kind, ...rest }) =>
    program({
      ...rest,
      model: modelOf(cell, { H, layers }, { initialState }),
      inputs: { kind: symbols ? 'symbols' : 'vectors', size: 4 },
      readout: { kind, size: 3 },
    }),
  )
const modes = fc.constantFrom('many_to_many' as const, 'many_to_one' as const)

function whole(T: number): Window {
  return { from: 'initial', lossSteps: T, advance: T }
}

/** The first steps of a batch that has targets at every step. */
function head({ steps, inputs, targets }: Batch, end: number): Batch {
  const first = <A extends Float32Array | Int32Array>(x: A) => x.subarray(0, (x.length / steps) * end) as A
  return { steps: end, inputs: first(inputs), targets: first(targets) }
}

/** The state after a few updates. */
async function trained(engine: Engine, given: Program, T: number, options: StepOptions): Promise<TrainingState> {
  const session = await engine.open(given)
  for (const index of [0, 1, 2]) {
    const window = { ...whole(T), from: index === 0 ? 'initial' : 'carried' } as const
    await session.step(batchOf(given, index, T), window, options)
    if (options.flow) await session.truncationBias(batchOf(given, index, T), { k1: 1, k2: T })
  }
  const state = await session.state()
  session.dispose()
  return state
}

/** What one update of plain gradient descent at rate 1 takes from each parameter: the gradient. */
async function gradient(engine: Engine, given: Program, batch: Batch, window: Window) {
  const session = await engine.open(given)
  const { tensors: before } = await session.state()
  await session.step(batch, window, { ...LEARN, learningRate: 1 })
  const { tensors: after } = await session.state()
  session.dispose()
  const parameters = Object.entries(before).filter(([name]) => !name.startsWith('carried.'))
  return parameters.map(([name, { data }]) => Array.from(data, (value, i) => value - (after[name]?.data[i] ?? NaN)))
}

test('windows of truncated BPTT with k2 ≥ T have gradients whose mean is the gradient of full BPTT', async (t) => {
  const { engine } = await selectEngine('oracle')
  const comparison = new Comparison(1e-12)
  const lengths = fc.record({ k1: fc.integer({ min: 1, max: 4 }), windows: fc.integer({ min: 1, max: 4 }) })
  await fc.assert(
    fc.asyncProperty(programs, lengths, async (drawn, { k1, windows }) => {
      const given = { ...drawn, optimizer: SGD, clipping: POLICIES[0]! }
      const batch = batchOf(given, 0, k1 * windows)
      const full = await gradient(engine, given, batch, whole(batch.steps))
      const sums = full.map((values) => values.map(() => 0))
      for (let end = k1; end <= batch.steps; end += k1) {
        const part = await gradient(engine, given, head(batch, end), { from: 'initial', lossSteps: k1, advance: 0 })
        for (const [p, values] of part.entries())
          for (const [i, value] of values.entries()) sums[p]![i]! += value / windows
      }
      for (const [p, values] of full.entries()) comparison.close(`parameter ${p}`, sums[p]!, values)
      comparison.files += 1
    }),
    { seed: SEED, numRuns: 60 },
  )
  t.diagnostic(comparison.summary())
})

test('a job under truncated BPTT with k2 ≥ T trains on what the same job under full BPTT does', async () => {
  let windows = 0
  const jobs = fc.record({
    data: fc.constantFrom({ task: 'adding' }, { task: 'temporal_order' }, { task: 'copy' }),
    T: fc.integer({ min: 20, max: 60 }),
    beyond: fc.nat(20),
    seed: fc.nat(1000),
  })
  await fc.assert(
    fc.asyncProperty(jobs, async ({ data, T, beyond, seed }) => {
      const feedUnder = async (bptt: object) => {
        const parsed = parseJobSpec({
          model: { cell: 'lstm' },
          data,
          sequence_length: T,
          bptt,
          training: { seed, batch_size: 2 },
        })
        assert.ok(parsed.ok, JSON.stringify(parsed))
        return await openFeed(parsed.value)
      }
      const truncated = await feedUnder({ mode: 'truncated', k1: T, k2: T + beyond })
      const full = await feedUnder({ mode: 'full' })
      for (const step of [1, 2, 7]) {
        assert.deepEqual(truncated.window(step), full.window(step))
        windows += 1
      }
    }),
    { seed: SEED, numRuns: 30 },
  )
  assert.ok(windows > 0)
})

for (const name of FLOAT32_ENGINES) {
  test(`${name} trains to the same bits twice, observed or not`, needs(name), async (t) => {
    let numbers = 0
    await fc.assert(
      fc.asyncProperty(programs, modes, fc.integer({ min: 1, max: 5 }), async (drawn, mode, T) => {
        const { engine } = await selectEngine(name)
        const given = { ...drawn, mode }
        const [unobserved, observed] = [
          await trained(engine, given, T, LEARN),
          await trained(engine, given, T, OBSERVE),
        ]
        assert.deepEqual(observed, unobserved)
        for (const { data } of Object.values(observed.tensors)) numbers += data.length
      }),
      { seed: SEED, numRuns: 8 },
    )
    assert.ok(numbers > 0)
    t.diagnostic(`${numbers} numbers`)
  })
}

test('tensorflow trains in 1, 2 and 4 shards to the same weights', needs('tensorflow'), async (t) => {
  const comparison = new Comparison(TOLERANCE)
  const inShards = (shards: number) => tensorflowEngine(loadLibrary(), { shards })
  await fc.assert(
    fc.asyncProperty(
      programs,
      fc.constantFrom(...LINEAR_OPTIMIZERS),
      fc.constantFrom(4, 8),
      async (drawn, optimizer, batchSize) => {
        const given = { ...drawn, optimizer, batchSize }
        const { tensors: wanted } = await trained(inShards(1), given, 5, LEARN)
        for (const shards of [2, 4]) {
          const { tensors } = await trained(inShards(shards), given, 5, LEARN)
          for (const [name, { data }] of Object.entries(wanted))
            comparison.close(`${shards} shards, ${name}`, tensors[name]?.data ?? [], data)
        }
        comparison.files += 1
      },
    ),
    { seed: SEED, numRuns: 8 },
  )
  t.diagnostic(comparison.summary())
})
