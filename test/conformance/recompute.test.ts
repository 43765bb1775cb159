// A window that is gone through again, segment by segment, gives the numbers of one that is kept whole: the same bits.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  chunksOf,
  segmentsOf,
  type Batch,
  type Engine,
  type Program,
  type StepReport,
  type TrainingState,
  type Window,
} from '@unroll/bptt'
import { selectEngine, tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { Comparison } from './comparison.ts'
import { FLOAT32_ENGINES, needs } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'

/** Rows enough that a few tens of steps are several chunks, the last of which is shorter. */
const N = 256
const UPDATES = 20

/** T by engine: tensorflow goes through the batch in two shards, whose chunks are twice as long. */
function stepsOn(name: string): number {
  return name === 'tensorflow' ? 70 : 40
}

interface Case {
  readonly what: string
  readonly given: Program
  readonly window?: Window
  readonly lengths?: Int32Array
  readonly updates?: number
}

function cellCase(cell: (typeof CELL_NAMES)[number]): Case {
  const model = modelOf(cell, { H: 5 }, { embedding: 3 })
  return { what: cell, given: program({ batchSize: N, model, optimizer: OPTIMIZERS[4]!, clipping: POLICIES[2]! }) }
}

const VECTORS = { kind: 'vectors', size: SIZES.X } as const
const LENGTHS = Int32Array.from({ length: N }, (_, row) => row % 41)

const CASES: readonly Case[] = [
  ...CELL_NAMES.map(cellCase),
  ...[3, 4, 5].map((index) => ({
    what: `clipping by ${JSON.stringify(POLICIES[index])}`,
    given: program({ batchSize: N, clipping: POLICIES[index]! }),
    updates: 3,
  })),
  {
    what: 'truncated, the state carried, loss of the newest steps',
    given: program({ batchSize: N }),
    window: { from: 'carried', lossSteps: 20, advance: 20 },
    updates: 3,
  },
  {
    what: 'a state carried from within a segment',
    given: program({ batchSize: N }),
    window: { from: 'carried', lossSteps: 35, advance: 25 },
    updates: 3,
  },
  {
    what: 'many to one over vectors, a learned initial state',
    given: program({
      batchSize: N,
      model: modelOf('lstm', { H: 5 }, { initialState: 'learned' }),
      inputs: VECTORS,
      mode: 'many_to_one',
    }),
    updates: 3,
  },
  {
    what: 'rows of different length, units dropped, what is not finite zeroed',
    given: program({
      batchSize: N,
      model: modelOf('gru', { H: 5, layers: 3 }, { dropout: 0.3 }),
      clipping: { policy: 'value', threshold: 0.1, nonfinite: 'zero' },
    }),
    lengths: LENGTHS,
    updates: 3,
  },
  {
    what: 'regression',
    given: program({ batchSize: N, inputs: VECTORS, readout: { kind: 'identity', size: 2 } }),
    updates: 3,
  },
]

interface Trained {
  readonly reports: readonly StepReport[]
  readonly evaluation: object
  readonly state: TrainingState
}

async function train(
  engine: Engine,
  { given, window, lengths, updates = UPDATES }: Case,
  T: number,
  segmentSteps: number | undefined,
): Promise<Trained> {
  const session = await engine.open({ ...given, segmentSteps })
  const reports: StepReport[] = []
  const batch = (index: number): Batch => ({ ...batchOf(given, index, T), ...(lengths && { lengths }) })
  for (let step = 0; step < updates; step++) {
    const from = step === 0 ? 'initial' : (window?.from ?? 'initial')
    const looks = step % 10 === 0
    const options = { learningRate: 0.05, metrics: true, flow: true, probe: looks, saturation: looks }
    reports.push(await session.step(batch(step), { lossSteps: T, advance: T, ...window, from }, options))
  }
  await session.forward(batch(98), { from: 'carried', advance: T })
  const evaluation = await session.evaluate(batch(99))
  const trained = { reports, evaluation, state: await session.state() }
  session.dispose()
  assert.equal(engine.live(), 0)
  return trained
}

async function engineOf(name: string): Promise<Engine> {
  if (name === 'tensorflow') return tensorflowEngine(loadLibrary(), { shards: 2 })
  return (await selectEngine(name)).engine
}

/** All numbers of two runs. */
function compare(got: Trained, wanted: Trained, comparison: Comparison): void {
  const numbers = (
    value: unknown,
    path: string,
    into: Map<string, ArrayLike<number>>,
  ): Map<string, ArrayLike<number>> => {
    if (typeof value === 'number' || typeof value === 'boolean') into.set(path, [Number(value)])
    else if (ArrayBuffer.isView(value)) into.set(path, value as Float32Array)
    else if (value !== null && typeof value === 'object')
      for (const [key, part] of Object.entries(value)) numbers(part, `${path}.${key}`, into)
    return into
  }
  const own = numbers(got, '', new Map())
  for (const [path, values] of numbers(wanted, '', new Map())) comparison.close(path, own.get(path) ?? [], values)
  comparison.files += 1
}

for (const name of FLOAT32_ENGINES) {
  for (const given of CASES) {
    test(`${name} computes the same bits whatever is kept: ${given.what}`, needs(name), async () => {
      const engine = await engineOf(name)
      const T = stepsOn(name)
      const whole = await train(engine, given, T, undefined)
      const lengths = name === 'tensorflow' && given.updates !== undefined ? [1, 30] : [20] // each chunk by itself, or a few together
      for (const segmentSteps of lengths) assert.deepEqual(await train(engine, given, T, segmentSteps), whole)
      assert.ok(whole.reports.every(({ updated }) => updated))
      engine.dispose()
    })
  }
}

for (const name of ['tensorflow', 'wasm']) {
  test(`${name} trains on windows of many chunks as the oracle does`, needs(name), async (t) => {
    const comparison = new Comparison(1e-3)
    for (const given of CASES) {
      const short = { ...given, updates: 2 }
      const engines = [await engineOf(name), await engineOf('oracle')] as const
      const T = stepsOn('wasm')
      compare(await train(engines[0], short, T, 1), await train(engines[1], short, T, 30), comparison)
    }
    t.diagnostic(comparison.summary())
  })
}

test('the cases have windows of at least two segments on every engine', () => {
  for (const [T, rows, length] of [
    [stepsOn('tensorflow'), N / 2, 30],
    [stepsOn('wasm'), N, 20],
  ] as const) {
    const chunks = chunksOf({ steps: T, rows, answered: T, advance: T })
    assert.ok(segmentsOf(chunks, length).length >= 2, `${chunks.length} chunks of ${T} steps`)
  }
})
