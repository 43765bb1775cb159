// The graph that a GPU gets against the oracle: every cell, through full and truncated windows, by every clipping policy.

import assert from 'node:assert/strict'
import type { Engine, Program, Window } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { Comparison } from '../comparison.ts'
import { modelOf, type CellName } from '../networks.ts'
import { POLICIES, program } from '../programs.ts'
import { compareRuns, runOn, type Run, type RunOptions } from '../runs.ts'

/** Of float32 over a few updates. */
export const TOLERANCE = 1e-4

/** Small and with all sizes different. */
const SIZES = { N: 2, X: 4, H: 3, K: 5 }
/** Three steps that fill no turn of the loop, and two turns. */
const T = 11
const FULL: Window = { from: 'initial', lossSteps: T, advance: T }
const TRUNCATED: Window = { from: 'carried', lossSteps: 6, advance: 5 }
/** Slow enough that gradients do not only shrink, which would leave `zscore` nothing to clip. */
const GENTLE: Program['optimizer'] = {
  type: 'sgd',
  learning_rate: 0.03,
  weight_decay: 0,
  schedule: { type: 'constant', warmup_steps: 0 },
}

/** In this order each kind of window is compiled once. */
const WINDOWS = [FULL, FULL, FULL, TRUNCATED, TRUNCATED, TRUNCATED]

/**
 * Trains a cell by each policy, a run each, with metrics and flow; one run also has probe flow, saturation, truncation bias
 * and an evaluation. Errors: AssertionError at the first number that is too far off, or where a policy has nothing to clip.
 */
export async function compareCell(
  engine: Engine,
  cell: CellName,
  policies: typeof POLICIES = POLICIES,
): Promise<Comparison> {
  const { engine: oracle } = await selectEngine('oracle')
  const comparison = new Comparison(TOLERANCE)
  for (const [index, clipping] of policies.entries()) {
    const given = program({
      model: modelOf(cell, SIZES),
      inputs: { kind: 'vectors', size: SIZES.X },
      readout: { kind: 'softmax', size: SIZES.K },
      batchSize: SIZES.N,
      clipping,
      optimizer: GENTLE,
    })
    const options: RunOptions = { windows: WINDOWS, steps: T, looks: index === 0 }
    const wanted = await runOn(oracle, given, options)
    if (clipping.policy !== 'none') assert.ok(clips(wanted), `${cell}: ${clipping.policy} has nothing to clip`)
    compareRuns(await runOn(engine, given, options), wanted, comparison)
  }
  return comparison
}

function clips({ reports }: Run): boolean {
  return reports.some(({ clippedFraction }) => clippedFraction > 0)
}
