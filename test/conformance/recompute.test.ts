// A window that is gone through again, segment by segment, gives the numbers of one that is kept whole: the same bits.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  cutChunks,
  groupSegments,
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
import { FLOAT32_ENGINES, enginesInTurn, needs } from './interpreters.ts'
import { CELL_NAMES, modelOf } from './networks.ts'
import { batchOf, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'
import { once } from './runs.ts'

const H = 2
const UPDATES = 20
/** Of the engine that takes longest for each, and goes through the same passes as `wasm`. */
const UPDATES_OF_CPU = 2

/** A window of rows enough that a few steps are several chunks, and the steps of a segment at least. */
interface Cut {
  readonly N: number
  readonly T: number
  readonly segmentSteps: number
}

/** Two chunks, a segment each. */
const TWO: Cut = { N: 1368, T: 3, segmentSteps: 1 }
/** Three chunks, the last of which is shorter, in segments of two and one. */
const THREE: Cut = { N: 1640, T: 5, segmentSteps: 3 }

/** Tensorflow goes through the batch in two shards, whose chunks are twice as long. */
function cutOn(name: string, { N, T, segmentSteps }: Cut): Cut {
  return name === 'tensorflow' ? { N, T: 2 * T, segmentSteps: 2 * segmentSteps } : { N, T, segmentSteps }
}

interface Case {
  readonly what: string
  readonly given: Program
  readonly cut: Cut
  readonly window?: Window
  readonly lengths?: Int32Array
  readonly updates?: number
}

/** A two-layer LSTM over symbols, but for what is given, with many rows of few numbers. */
function small(changes: Partial<Program> = {}): Program {
  return program({ batchSize: THREE.N, model: modelOf('lstm', { H, layers: 2 }), ...changes })
}

function cellCase(cell: (typeof CELL_NAMES)[number]): Case {
  const model = modelOf(cell, { H }, { embedding: 3 })
  const given = small({ batchSize: TWO.N, model, optimizer: OPTIMIZERS[4]!, clipping: POLICIES[2]! })
  return { what: cell, given, cut: TWO }
}

const VECTORS = { kind: 'vectors', size: SIZES.X } as const
const LENGTHS = Int32Array.from({ length: THREE.N }, (_, row) => row % (THREE.T + 1))

const OTHERS: readonly Omit<Case, 'cut'>[] = [
  ...[3, 4, 5].map((index) => ({
    what: `clipping by ${JSON.stringify(POLICIES[index])}`,
    given: small({ clipping: POLICIES[index]! }),
  })),
  {
    what: 'truncated, the state carried, loss of the newest steps',
    given: small(),
    window: { from: 'carried', lossSteps: 2, advance: 2 },
  },
  {
    what: 'randomised truncation, which crosses places within a chunk',
    given: small(),
    window: { from: 'carried', lossSteps: 4, advance: 0, compensation: { every: 2, factor: 1.5 } },
  },
  {
    what: 'a state carried from within a segment',
    given: small(),
    window: { from: 'carried', lossSteps: 4, advance: 1 },
  },
  {
    what: 'many to one over vectors, a learned initial state',
    given: small({
      model: modelOf('lstm', { H }, { initialState: 'learned' }),
      inputs: VECTORS,
      mode: 'many_to_one',
    }),
  },
  {
    what: 'rows of different length, units dropped, what is not finite zeroed',
    given: small({
      model: modelOf('gru', { H, layers: 3 }, { dropout: 0.3, recurrentDropout: 0.2 }),
      clipping: { policy: 'value', threshold: 0.1, nonfinite: 'zero' },
    }),
    lengths: LENGTHS,
  },
  {
    what: 'two micro-batches, a learned initial state',
    given: small({ model: modelOf('gru', { H }, { initialState: 'learned' }), microBatches: 2 }),
  },
  {
    what: 'layers of different sizes',
    given: small({ model: modelOf('lstm', { H: [3, 1, 2] }, { dropout: 0.3 }) }),
  },
  {
    what: 'residual connections',
    given: small({ model: modelOf('gru', { H: [2, 2, 2] }, { dropout: 0.3, residual: true }) }),
    lengths: LENGTHS,
  },
  {
    what: 'layer normalisation',
    given: small({ model: modelOf('lstm', { H: [3, 5] }, { recurrentDropout: 0.2, layerNorm: true }) }),
    lengths: LENGTHS,
  },
  {
    what: 'a projection, a learned initial state',
    given: small({ model: modelOf('lstm', { H: [3, 5] }, { projectionSize: 2, initialState: 'learned' }) }),
    lengths: LENGTHS,
  },
  {
    what: 'zoneout in two micro-batches',
    given: small({ model: modelOf('lstm', { H: [3, 5] }, { zoneout: { hidden: 0.3, cell: 0.5 } }), microBatches: 2 }),
    lengths: LENGTHS,
  },
  {
    what: 'regression',
    given: small({ inputs: VECTORS, readout: { kind: 'identity', size: 2 } }),
  },
]

const CASES: readonly Case[] = [
  ...CELL_NAMES.map(cellCase),
  ...OTHERS.map((each) => ({ ...each, cut: THREE, updates: 3 })),
]

interface Trained {
  readonly reports: readonly StepReport[]
  readonly evaluation?: object
  readonly state: TrainingState
}

/** @param evaluates Whether the newest state is evaluated too, for which nothing is kept, whatever the segments. */
async function train(
  engine: Engine,
  { given, window, lengths, updates = UPDATES }: Case,
  { T, segmentSteps, evaluates = false }: { T: number; segmentSteps: number | undefined; evaluates?: boolean },
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
  if (evaluates) await session.forward(batch(98), { from: 'carried', advance: T })
  const evaluation = evaluates ? { evaluation: await session.evaluate(batch(99)) } : {}
  const trained = { reports, ...evaluation, state: await session.state() }
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

for (const [index, given] of CASES.entries())
  for (const name of enginesInTurn(FLOAT32_ENGINES, index))
    test(`${name} computes the same bits whatever is kept: ${given.what}`, needs(name), async () => {
      const engine = await engineOf(name)
      const { T, segmentSteps } = cutOn(name, given.cut)
      const trained = { ...given, ...(name === 'cpu' && { updates: UPDATES_OF_CPU }) }
      const whole = await train(engine, trained, { T, segmentSteps: undefined })
      const eachByItself = name === 'tensorflow' && given.cut === THREE ? [1] : []
      for (const steps of [...eachByItself, segmentSteps])
        assert.deepEqual(await train(engine, trained, { T, segmentSteps: steps }), whole)
      assert.ok(whole.reports.every(({ updated }) => updated))
      engine.dispose()
    })

/** Cells of one and two states, and of a complex one: chunks know no more of a cell. */
const OF_STATES = ['gru', 'lstm', 'lru']
const SHORT: readonly Case[] = CASES.filter(({ what, cut }) => cut === THREE || OF_STATES.includes(what)).map(
  (given) => ({ ...given, updates: 2 }),
)

/** What the oracle trains. */
const expectedOf = once(async (given: Case) =>
  train(await engineOf('oracle'), given, { ...given.cut, evaluates: true }),
)

for (const name of ['tensorflow', 'wasm']) {
  test(`${name} trains on windows of many chunks as the oracle does`, needs(name), async (t) => {
    const comparison = new Comparison(1e-3)
    const engine = await engineOf(name)
    for (const given of SHORT) {
      const trained = await train(engine, given, { T: given.cut.T, segmentSteps: 1, evaluates: true })
      compare(trained, await expectedOf(given), comparison)
    }
    t.diagnostic(comparison.summary())
  })
}

test('the windows are cut into chunks and segments as the cases want them on every engine', () => {
  for (const [name, shards] of [
    ['tensorflow', 2],
    ['wasm', 1],
  ] as const) {
    const counts = [TWO, THREE].map((cut) => {
      const { N, T, segmentSteps } = cutOn(name, cut)
      const chunks = cutChunks({ steps: T, rows: N / shards, answered: T, advance: T })
      if (cut === THREE) assert.ok(chunks[2]!.steps < chunks[0]!.steps)
      return groupSegments(chunks, segmentSteps).map(({ length }) => length)
    })
    assert.deepEqual(counts, [
      [1, 1],
      [2, 1],
    ])
  }
})
