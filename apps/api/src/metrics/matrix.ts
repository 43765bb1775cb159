import type { Job, LayerFlow, Matrix } from '@unroll/contract'
import type { Metrics } from '@unroll/store'
import { short } from './columns.ts'
import { findNewestFlow } from './newest_flow.ts'

/** The newest itemised matrix of a job, or the newest up to a step. */
export async function answerMatrix(metrics: Metrics, job: Job, { step }: { step?: number }): Promise<Matrix> {
  const { matrix_every: every = 0 } = job.spec.observe as Partial<Job['spec']['observe']> // absent from older records
  const row = await findNewestFlow(metrics, job, { every, upTo: step, has: ({ matrix }) => matrix !== undefined })
  const layers = row?.flow ?? []
  return {
    object: 'matrix',
    step: row?.step ?? null,
    timesteps: layers[0]?.h.length ?? 0,
    layers: layers.map((own, layer) => ({ layer, ...cutRows(own), flow: Array.from(own.h, short) })),
  }
}

function cutRows({
  h: { length: T },
  matrix = new Float32Array(),
  sources = new Float32Array(),
}: LayerFlow): Pick<Matrix['layers'][number], 'sources' | 'log10_norm'> {
  return {
    sources: [...sources],
    log10_norm: Array.from(sources, (_, s) => Array.from(matrix.subarray(s * T, (s + 1) * T), short)),
  }
}
