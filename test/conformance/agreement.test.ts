// The engines against the oracle: whole runs of several updates, every number they report and all they hold.

import test from 'node:test'
import type { Program } from '@unroll/bptt'
import { Comparison } from './comparison.ts'
import { FLOAT32_ENGINES, GPU_GRAPH, enginesInTurn, needs, openEngine } from './interpreters.ts'
import { CELL_NAMES, NORMALISED_CELLS, PROJECTED_CELLS, modelOf, zoneoutOf } from './networks.ts'
import { LOSSES, OPTIMIZERS, POLICIES, program, SIZES } from './programs.ts'
import { compareRuns, once, runOn } from './runs.ts'

const TOLERANCE = 1e-4 // float32 over a few updates

interface Trained {
  readonly what: string
  readonly given: Program
  readonly lengths?: Int32Array
  /** [T,N]: 0 at the steps that are left out. */
  readonly mask?: Uint8Array
  /** Whether the network is looked at while it trains. */
  readonly looks?: boolean
}

const vectors = { kind: 'vectors', size: SIZES.X } as const

const clippedBy = (policies: typeof POLICIES): readonly Trained[] =>
  policies.map((clipping) => ({ what: `clipping by ${clipping.policy}`, given: program({ clipping }) }))

/** What is done with gradients once they are there, which no look at the network sees. */
const AFTER: readonly Trained[] = [
  ...OPTIMIZERS.map((optimizer) => ({ what: optimizer.type, given: program({ optimizer }), looks: false })),
  ...clippedBy(POLICIES.filter(({ policy }) => policy !== 'timestep')).map((each) => ({ ...each, looks: false })),
]

const CELLS: readonly Trained[] = [
  ...clippedBy(POLICIES.filter(({ policy }) => policy === 'timestep')),
  ...CELL_NAMES.map((cell) => ({
    what: `${cell} over vectors`,
    given: program({ model: modelOf(cell, SIZES), inputs: vectors, mode: 'many_to_one' }),
  })),
]

/** What else goes through time. */
const THROUGH_TIME: readonly Trained[] = [
  ...(['relu', 'sigmoid', 'identity'] as const).map((activation) => ({
    what: `rnn (${activation}) over embedded symbols`,
    given: program({ model: modelOf('rnn', SIZES, { activation, embedding: 3 }) }),
  })),
  {
    what: 'more embedded symbols than steps',
    given: program({ model: modelOf('rnn', SIZES, { embedding: 3 }), inputs: { kind: 'symbols', size: 40 } }),
  },
  ...(['sigmoid', 'identity'] as const).map((kind) => ({
    what: `${kind} read-out of rows that differ in length`,
    given: program({ readout: { kind, size: SIZES.K } }),
    lengths: Int32Array.of(7, 3, 5),
  })),
  ...LOSSES.map((loss) => ({
    what: `loss ${loss.kind} of rows that differ in length`,
    given: program({
      readout: { kind: 'identity', size: 4, loss },
      mode: loss.kind === 'mae' ? 'many_to_one' : 'many_to_many',
    }),
    lengths: Int32Array.of(7, 3, 5),
  })),
  {
    what: 'classes that weigh differently',
    given: program({ readout: { kind: 'softmax', size: SIZES.K, classWeights: [0.5, 2, 1, 0, 3] } }),
    lengths: Int32Array.of(7, 3, 5),
  },
  {
    what: 'layers of 6, 3 and 5 units, dropout between and within them, rows that differ in length',
    given: program({
      model: modelOf('lstm', { H: [6, 3, 5] }, { dropout: 0.3, recurrentDropout: 0.2, initialState: 'learned' }),
    }),
    lengths: Int32Array.of(7, 1, 4),
  },
  {
    what: 'residual connections past layers and their dropout, many to one',
    given: program({ model: modelOf('gru', { H: [4, 4, 4] }, { dropout: 0.3, residual: true }), mode: 'many_to_one' }),
    lengths: Int32Array.of(7, 1, 4),
  },
  {
    what: 'dropout between layers and within the recurrence, a learned initial state, rows that differ in length',
    given: program({
      model: modelOf(
        'lstm',
        { H: SIZES.H, layers: 3 },
        { dropout: 0.3, recurrentDropout: 0.2, initialState: 'learned' },
      ),
    }),
    lengths: Int32Array.of(7, 1, 4),
  },
  ...CELL_NAMES.map((cell, index) => ({
    what: `both directions of ${cell} over rows that differ in length`,
    given: program({
      model: modelOf(cell, { H: [5, 3] }, { bidirectional: true }),
      mode: index % 2 === 0 ? 'many_to_one' : 'many_to_many',
    }),
    lengths: Int32Array.of(3, 7, 1),
  })),
  ...(['many_to_one', 'many_to_many'] as const).map((mode) => ({
    what: `both directions with every option of layers, clipped at every step, ${mode}`,
    given: program({
      model: modelOf(
        'lstm',
        { H: [4, 4, 4] },
        { bidirectional: true, residual: true, dropout: 0.3, recurrentDropout: 0.2, initialState: 'learned' },
      ),
      inputs: vectors,
      mode,
      clipping: POLICIES[4]!,
      optimizer: { ...OPTIMIZERS[4]!, weight_average: 0.8 },
    }),
    lengths: Int32Array.of(7, 1, 4),
  })),
  ...(['many_to_one', 'many_to_many'] as const).map((mode) => ({
    what: `both directions in micro-batches of rows that differ in length, ${mode}`,
    given: program({
      model: modelOf('gru', { H: [4, 3] }, { bidirectional: true, embedding: 3, dropout: 0.3 }),
      mode,
      microBatches: SIZES.N,
    }),
    lengths: Int32Array.of(2, 7, 4),
  })),
  ...(['lstm', 'gru', 'min_gru'] as const).map((cell, index) => ({
    what: `${cell} over rows that leave steps out in their middle`,
    given: program({
      model: modelOf(cell, { H: [4, 4] }, { zoneout: zoneoutOf(cell), dropout: 0.3, bidirectional: cell === 'gru' }),
      mode: cell === 'gru' ? 'many_to_one' : 'many_to_many',
      clipping: POLICIES[4]!,
      ...(index === 1 && { microBatches: SIZES.N }),
    }),
    mask: Uint8Array.of(1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0),
    lengths: Int32Array.of(7, 6, 7),
  })),
  ...CELL_NAMES.filter((cell) => !['min_gru', 'min_lstm', 'lru'].includes(cell)).map((cell) => ({
    what: `${cell} with recurrent dropout`,
    given: program({ model: modelOf(cell, SIZES, { recurrentDropout: 0.4 }) }),
    looks: false,
  })),
  ...CELL_NAMES.map((cell, index) => ({
    what: `${cell} with zoneout, rows that differ in length`,
    given: program({
      model: modelOf(cell, { H: [4, 4] }, { zoneout: zoneoutOf(cell), bidirectional: index % 2 === 0 }),
      ...(cell === 'lstm' && { clipping: POLICIES[4]!, microBatches: SIZES.N }),
    }),
    lengths: Int32Array.of(7, 1, 4),
  })),
  ...NORMALISED_CELLS.map((cell) => ({
    what: `${cell} with layer normalisation, rows that differ in length`,
    given: program({ model: modelOf(cell, SIZES, { layerNorm: true, recurrentDropout: 0.2 }) }),
    lengths: Int32Array.of(7, 1, 4),
  })),
  ...PROJECTED_CELLS.map((cell, index) => ({
    what: `${cell} that projects its output, rows that differ in length`,
    given: program({
      model: modelOf(
        cell,
        { H: [5, 4] },
        {
          projectionSize: 3,
          residual: true,
          dropout: 0.3,
          recurrentDropout: 0.2,
          initialState: 'learned',
          bidirectional: index % 2 === 0,
          ...(cell === 'lstm' && { zoneout: zoneoutOf(cell), layerNorm: true }),
        },
      ),
      clipping: POLICIES[4]!,
      ...(index === 1 && { microBatches: SIZES.N }),
    }),
    lengths: Int32Array.of(7, 1, 4),
  })),
]

const PROGRAMS: readonly Trained[] = [...AFTER, ...CELLS, ...THROUGH_TIME]
const ENGINES = [...FLOAT32_ENGINES, GPU_GRAPH.name]

/** What the oracle trains. */
const expectedOf = once(async (trained: Trained) => runOn(await openEngine('oracle'), trained.given, trained))

for (const [index, trained] of PROGRAMS.entries())
  for (const name of enginesInTurn(ENGINES, index))
    test(`${name} trains as the oracle does: ${trained.what}`, needs(name), async (t) => {
      const comparison = new Comparison(TOLERANCE)
      compareRuns(await runOn(await openEngine(name), trained.given, trained), await expectedOf(trained), comparison)
      t.diagnostic(comparison.summary())
    })
