import { isDue } from './intervals.ts'
import type { LearnOptions } from './learn.ts'
import type { Observe } from '@unroll/contract'

/** The observations of a step. Probe flow and matrix come with the flow, so that they are observed together. */
export function observed(
  observe: Observe,
  step: number,
  lastStep: number,
): Required<Omit<LearnOptions, 'learningRate' | 'flossing'>> {
  const due = (every: number): boolean => isDue(every, step, lastStep)
  const probe = due(observe.probe_every)
  const isItemised = due(observe.matrix_every)
  return {
    metrics: due(observe.metrics_every),
    flow: due(observe.flow_every) || probe || isItemised,
    probe,
    sources: isItemised ? observe.matrix_sources : 0,
    exponents: due(observe.lyapunov_every ?? 0) ? observe.lyapunov_exponents : 0, // absent from older records
    saturation: due(observe.saturation_every),
  }
}
