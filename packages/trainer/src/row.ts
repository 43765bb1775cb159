import type { StepReport } from '@unroll/bptt'
import { nameSeries, type LayerFlow, type MetricRow, type SeriesName } from '@unroll/contract'
import { flowCounts } from './flow_counts.ts'
import type { Learned } from './learn.ts'

/** The counters of a run. */
export interface Counters {
  readonly steps: number
  readonly clippedSteps: number
  readonly updatesSkipped: number
  readonly updatesZeroed: number
  /** Of the gradient before clipping, the finite ones; 0 before the first. */
  readonly largestNorm: number
}

/** Counts one step. */
export function count(counters: Counters, report: StepReport): Counters {
  return {
    steps: counters.steps + 1,
    clippedSteps: counters.clippedSteps + (report.clippedFraction > 0 ? 1 : 0),
    updatesSkipped: counters.updatesSkipped + (report.updated ? 0 : 1),
    updatesZeroed: counters.updatesZeroed + (report.updated && !report.finite ? 1 : 0),
    largestNorm: Number.isFinite(report.gradNorm)
      ? Math.max(counters.largestNorm, report.gradNorm)
      : counters.largestNorm,
  }
}

/** The metric row of a step. */
export function buildRow(
  step: number,
  report: Learned,
  { counters, learningRate, stepMs }: { counters: Counters; learningRate: number; stepMs: number },
): MetricRow {
  const series: Partial<Record<SeriesName, number>> = {
    loss: report.loss,
    grad_norm: report.gradNorm,
    grad_norm_clipped: report.gradNormClipped,
    grad_norm_max: counters.largestNorm,
    clip_coefficient: computeCoefficient(report),
    clipped_fraction: report.clippedFraction,
    clipped_share: counters.clippedSteps / counters.steps,
    updates_skipped: counters.updatesSkipped,
    ...(counters.updatesZeroed > 0 && { updates_zeroed: counters.updatesZeroed }),
    ...(report.flossing === undefined ? {} : { flossing: report.flossing }),
    learning_rate: learningRate,
    step_ms: stepMs,
    ...(report.accuracy === undefined ? {} : { accuracy: report.accuracy }),
    ...(report.flow === undefined ? {} : flowCounts(report.flow)),
  }
  const norms = Object.entries(report.parameterNorms ?? {}).map(([name, norm]) => [nameSeries('grad_norm', name), norm])
  return {
    step,
    series: { ...series, ...Object.fromEntries(norms), ...report.saturation, ...report.spectra },
    ...(report.flow === undefined ? {} : { flow: toLayerFlow(report) }),
  }
}

/** In float64 if it is less than the smallest normal float32, which the engine may treat as 0. */
function computeCoefficient({ clipCoefficient, gradNorm, gradNormClipped }: StepReport): number {
  return clipCoefficient === 0 && gradNormClipped > 0 ? gradNormClipped / gradNorm : clipCoefficient
}

function toLayerFlow({ flow: { h, c, probe } = { h: [] }, matrix }: Learned): LayerFlow[] {
  return h.map((norms, layer) => ({
    h: norms,
    ...(c?.[layer] && { c: c[layer] }),
    ...(probe?.[layer] && { probe: probe[layer].log10, rounded: Float32Array.of(probe[layer].rounded) }),
    ...matrix?.[layer],
  }))
}
