// One job on several GPUs against as many shards on one, and against the oracle.

import assert from 'node:assert/strict'
import type { Engine, Program, Window } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { Comparison } from '../comparison.ts'
import { modelOf } from '../networks.ts'
import { OPTIMIZERS, POLICIES, program, SIZES } from '../programs.ts'
import { compareRuns, runOn } from '../runs.ts'
import { TOLERANCE } from './matrix.ts'

const N = 4

export const BY_TIMESTEP: Program['clipping'] = POLICIES.find(({ policy }) => policy === 'timestep')!

const FULL: Window = { from: 'initial', lossSteps: SIZES.T, advance: 4 }
const TRUNCATED: Window = { from: 'carried', lossSteps: 5, advance: 4 }

type Spread = readonly [shards: number, gpus: number]

interface Case {
  readonly what: string
  readonly given: Program
  /** Of each of two updates: one shape, so that each graph is compiled once. */
  readonly window: Window
  readonly spreads: readonly Spread[]
}

const TWO: readonly Spread[] = [[2, 2]]

export const CASES: readonly Case[] = [
  {
    what: 'lstm over symbols by adam, clipped by norm',
    given: program({ batchSize: N, optimizer: OPTIMIZERS[4]!, clipping: POLICIES[2]! }),
    window: FULL,
    spreads: [...TWO, [4, 2], [4, 4]],
  },
  {
    what: 'through truncated windows, clipped by timestep',
    given: program({ batchSize: N, clipping: BY_TIMESTEP }),
    window: TRUNCATED,
    spreads: TWO,
  },
  {
    what: 'gru over vectors, many to one, with dropout and a learned initial state',
    given: program({
      batchSize: N,
      model: modelOf('gru', { H: SIZES.H, layers: 2 }, { dropout: 0.3, initialState: 'learned' }),
      inputs: { kind: 'vectors', size: SIZES.X },
      mode: 'many_to_one',
    }),
    window: FULL,
    spreads: TWO,
  },
  {
    what: 'rnn with an embedding',
    given: program({ batchSize: N, model: modelOf('rnn', SIZES, { embedding: 3 }) }),
    window: FULL,
    spreads: TWO,
  },
]

/**
 * Trains on several GPUs, `most` at most, and on one. Errors: AssertionError where their bits are not the same, or too far from
 * the numbers of the oracle.
 */
export async function compareGpus(
  engineOf: () => Engine,
  { given, window, spreads }: Case,
  most: number,
): Promise<Comparison> {
  const comparison = new Comparison(TOLERANCE)
  const options = { looks: false, windows: [window, window] }
  const wanted = await runOn((await selectEngine('oracle')).engine, given, options)
  for (const [shards, gpus] of spreads.filter((spread) => spread[1] <= most)) {
    const together = await runOn(engineOf(), { ...given, shards, gpus }, options)
    assert.deepEqual(together, await runOn(engineOf(), { ...given, shards, gpus: 1 }, options))
    compareRuns(together, wanted, comparison)
  }
  return comparison
}
