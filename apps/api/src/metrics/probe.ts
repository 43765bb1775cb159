import { fitProbe, flowIsProbe, toPhi, probedEvery } from '@unroll/diagnosis'
import type { Job, JobSpec, LayerFlow, Probe } from '@unroll/contract'
import type { Metrics } from '@unroll/store'
import { short } from './columns.ts'
import { findNewestFlow } from './newest_flow.ts'

export interface ProbeQuery {
  step?: number
  epsilon: number
}

/** The newest probe flow of a job, or the newest up to a step, with its fit. */
export async function answerProbe(metrics: Metrics, job: Job, { step, epsilon }: ProbeQuery): Promise<Probe> {
  const has = (layer: LayerFlow) => selectProbeNorms(job.spec, layer) !== undefined
  const row = await findNewestFlow(metrics, job, { every: probedEvery(job.spec), upTo: step, has })
  const layers = (row?.flow ?? []).map((flow, layer) => {
    const phi = toPhi(selectProbeNorms(job.spec, flow) ?? new Float32Array())
    return { layer, log10_phi: Array.from(phi, short), ...fitProbe(phi, epsilon), rounded: flow.rounded?.[0] ?? null }
  })
  return {
    object: 'probe',
    step: row?.step ?? null,
    epsilon,
    timesteps: layers[0]?.log10_phi.length ?? 0,
    layers,
  }
}

function selectProbeNorms(spec: JobSpec, { h, probe }: LayerFlow): Float32Array | Float64Array | undefined {
  return probe ?? (flowIsProbe(spec) ? h : undefined)
}
