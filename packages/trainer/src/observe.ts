import type { StepOptions } from '@unroll/bptt'
import type { Observe } from '@unroll/contract'

/** Whether this is an `every`-th step; never if `every` is 0. */
export function isMultiple(every: number, step: number): boolean {
  return every > 0 && step % every === 0
}

/**
 * Whether a measurement every `every` steps is due: at the first step, every multiple and the last; never if `every` is
 * 0.
 */
export function isDue(every: number, step: number, lastStep: number): boolean {
  return isMultiple(every, step) || (every > 0 && (step === 1 || step === lastStep))
}

/** The observations of a step. The probe flow comes with the flow, so that both are observed together. */
export function observed(
  observe: Observe,
  step: number,
  lastStep: number,
): Required<Omit<StepOptions, 'learningRate'>> {
  const due = (every: number): boolean => isDue(every, step, lastStep)
  const probe = due(observe.probe_every)
  return {
    metrics: due(observe.metrics_every),
    flow: due(observe.flow_every) || probe,
    probe,
    saturation: due(observe.saturation_every),
  }
}
