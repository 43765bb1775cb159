import { fitProbe, flowIsProbe, toPhi, probedEvery } from '@unroll/diagnosis'
import type { Job, JobSpec, LayerFlow, Probe } from '@unroll/contract'
import type { Metrics } from '@unroll/store'
import { short } from './columns.ts'

/** Rows of one read: more than a run produces between two heartbeats. */
const LIMIT = 100

export interface ProbeQuery {
  step?: number
  epsilon: number
}

/** The newest probe flow of a job, or the newest up to a step, with its fit. */
export async function answerProbe(metrics: Metrics, job: Job, { step, epsilon }: ProbeQuery): Promise<Probe> {
  const row = await newestRow(metrics, job, step)
  const layers = (row?.flow ?? []).map((flow, layer) => {
    const phi = toPhi(selectProbeNorms(job.spec, flow) ?? new Float32Array())
    return { layer, log10_phi: Array.from(phi, short), ...fitProbe(phi, epsilon) }
  })
  return {
    object: 'probe',
    step: row?.step ?? null,
    epsilon,
    timesteps: layers[0]?.log10_phi.length ?? 0,
    layers,
  }
}

/** Only reads steps at which a probe flow is due, so that a long run costs no more than a short one. */
async function newestRow(
  metrics: Metrics,
  { id, spec, progress }: Job,
  upTo: number | undefined,
): Promise<{ step: number; flow: LayerFlow[] } | undefined> {
  const every = probedEvery(spec)
  if (every === 0) return undefined
  const newest = Math.floor(Math.min(upTo ?? Infinity, progress.step) / every) * every
  for (const fromStep of new Set([newest, newest - every, 1])) {
    if (fromStep < 1) continue
    const page = await metrics.readFlow(id, { fromStep, limit: LIMIT, ...(upTo !== undefined && { toStep: upTo }) })
    for (const { steps, flow } of page.blocks.toReversed()) {
      const at = flow.findLastIndex((layers) => layers.every((layer) => selectProbeNorms(spec, layer) !== undefined))
      if (at >= 0) return { step: steps[at] ?? 0, flow: flow[at] ?? [] }
    }
  }
  return undefined
}

function selectProbeNorms(spec: JobSpec, { h, probe }: LayerFlow): Float32Array | undefined {
  return probe ?? (flowIsProbe(spec) ? h : undefined)
}
