import type { StepOptions } from '@unroll/bptt'
import type { Observe } from '@unroll/contract'

/** True at every `every`-th step; never when `every` is 0. */
export function isMultiple(every: number, step: number): boolean {
  return every > 0 && step % every === 0
}

/** True at the steps where something measured every `every` steps is due: the first, every multiple and the last; never when `every` is 0. */
export function isDue(every: number, step: number, lastStep: number): boolean {
  return isMultiple(every, step) || (every > 0 && (step === 1 || step === lastStep))
}

/** What a step is to report. The probe flow travels beside the flow, so both are observed with it. */
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
