import { taskProblem, usesDataset, type JobSpec, type LayerFlow, type MetricRow } from '@unroll/contract'
import { fitProbe, toPhi } from './probe_fit.ts'
import { median } from './statistics.ts'

/** The figures of the flow of one layer. */
export interface LayerReading {
  /** β of the probe flow; undefined if it was not observed or cannot be fitted. */
  beta: number | undefined
  /**
   * Time steps that the gradient of the last loss reaches back: its horizon, or the window; undefined if it was not
   * observed.
   */
  reach: number | undefined
  /** Median of the local ratios ‖∂L/∂h_{t-1}‖ / ‖∂L/∂h_t‖; NaN if there are none. */
  growth: number
  /** Time step, from 1, of the largest finite norm; 0 if there is none. */
  peak: number
}

/** The figures of the flow at one training step. */
export interface FlowReading {
  step: number
  /** Time steps of the backward pass. */
  window: number
  layers: readonly LayerReading[]
}

/** The figures of a row with an observed flow. */
export function readFlow(spec: JobSpec, { step }: MetricRow, flow: readonly LayerFlow[]): FlowReading {
  return {
    step,
    window: flow[0]?.h.length ?? 0,
    layers: flow.map((layer) => ({
      ...probeReading(spec, layer),
      growth: measureGrowth(layer.probe ?? layer.h),
      peak: findPeak(layer.h),
    })),
  }
}

/** Whether the total flow is the probe flow too: the only loss is that of the last step, and nothing is clipped on the way. */
export function flowIsProbe({ data, sequence_length: T, clipping }: JobSpec): boolean {
  return !usesDataset(data) && taskProblem(data, T).mode === 'many_to_one' && clipping.policy !== 'timestep'
}

/** The gradient passes through the memory cell rather than h, so that the state with the longer reach counts. */
function probeReading(spec: JobSpec, { h, c, probe }: LayerFlow): Pick<LayerReading, 'beta' | 'reach'> {
  const states = flowIsProbe(spec) ? [h, c ?? h] : [probe ?? new Float32Array()]
  const fits = states.map((norms) => fitProbe(toPhi(norms)))
  const betas = fits.flatMap(({ beta }) => beta ?? [])
  const reaches = fits.flatMap(({ horizon, reach }) => (reach === 'whole_window' ? h.length : (horizon ?? [])))
  const isKnown = betas.length > 0 && reaches.length > 0 && (flowIsProbe(spec) || c === undefined)
  return {
    beta: betas.length === 0 ? undefined : Math.max(...betas),
    reach: isKnown ? Math.max(...reaches) : undefined,
  }
}

function measureGrowth(norms: Float32Array | Float64Array): number {
  const ratios = Array.from(norms.subarray(1), (norm, at) => (norms[at] ?? Number.NaN) - norm)
  return 10 ** median(ratios.filter(Number.isFinite))
}

function findPeak(norms: Float32Array): number {
  let peak = 0
  for (const [at, norm] of norms.entries()) {
    if (Number.isFinite(norm) && !((norms[peak - 1] ?? -Infinity) >= norm)) peak = at + 1
  }
  return peak
}
