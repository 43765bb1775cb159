// A window of many chunks in the graph that a GPU gets, whose chunks are longer than those of a CPU.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Engine, StepReport } from '@unroll/bptt'
import { Comparison } from '../comparison.ts'
import { GPU_GRAPH, needs, openEngine } from '../interpreters.ts'
import { modelOf } from '../networks.ts'
import { batchOf, program } from '../programs.ts'

const T = 10
const CLIPPING = { policy: 'timestep', threshold: 1e-6, by: 'value', nonfinite: 'fail' } as const
/** So many rows that two chunks are needed, of five steps each. */
const given = program({ batchSize: 8192, model: modelOf('gru', { H: 2 }), clipping: CLIPPING })
const WINDOW = { from: 'initial', lossSteps: T, advance: T } as const

async function stepOf(engine: Engine, segmentSteps: number | undefined): Promise<StepReport> {
  const session = await engine.open({ ...given, segmentSteps })
  const options = { learningRate: 0.05, metrics: true, flow: true, probe: true, saturation: true }
  const report = await session.step(batchOf(given, 0, T), WINDOW, options)
  session.dispose()
  return report
}

test(`${GPU_GRAPH.name} goes through windows of many chunks as the oracle does`, needs(GPU_GRAPH.name), async (t) => {
  const engine = await openEngine(GPU_GRAPH.name)
  const wanted = await stepOf(await openEngine('oracle'), undefined)
  const comparison = new Comparison(1e-4)
  for (const segmentSteps of [undefined, 5]) {
    const got = await stepOf(engine, segmentSteps)
    comparison.close(
      'loss',
      [got.loss, got.gradNorm, got.gradNormClipped],
      [wanted.loss, wanted.gradNorm, wanted.gradNormClipped],
    )
    comparison.close('norms', Object.values(got.parameterNorms!), Object.values(wanted.parameterNorms!))
    comparison.close('flow', got.flow!.h[0]!, wanted.flow!.h[0]!)
    comparison.close('probe', got.flow!.probe![0]!.log10, wanted.flow!.probe![0]!.log10)
    comparison.close('saturation', Object.values(got.saturation!), Object.values(wanted.saturation!))
  }
  assert.ok(wanted.clippedFraction > 0)
  t.diagnostic(comparison.summary())
})
