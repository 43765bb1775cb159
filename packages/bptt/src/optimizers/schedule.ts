import type { Optimizer, Schedule } from '@unroll/contract'

/** Where a run stands, in steps after the warm-up. */
interface Place {
  readonly step: number
  /** Share of the way to the last step, 0 to 1. */
  readonly progress: number
}

/** A schedule in method form, so that a table of them can be read with any settings. */
interface Curve<Settings> {
  factor(settings: Settings, place: Place): number
}

const CURVES: { readonly [Type in Schedule['type']]: Curve<Extract<Schedule, { type: Type }>> } = {
  constant: { factor: () => 1 },
  step: { factor: ({ gamma, every_steps }, { step }) => gamma ** Math.floor(step / every_steps) },
  exponential: { factor: ({ gamma }, { step }) => gamma ** step },
  cosine: {
    factor: ({ final_fraction: last }, { progress }) => last + ((1 - last) * (1 + Math.cos(Math.PI * progress))) / 2,
  },
  linear: { factor: ({ final_fraction: last }, { progress }) => 1 - (1 - last) * progress },
}

/**
 * The learning rate of one step: rises linearly over the warm-up steps, then follows the schedule's curve.
 * @param step Counts from 0.
 * @param maxSteps Steps of the run; the last step is maxSteps - 1.
 */
export function learningRateAt(optimizer: Optimizer, step: number, maxSteps: number): number {
  const { schedule, learning_rate: rate } = optimizer
  const warmup = schedule.warmup_steps
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1)
  const after = step - warmup
  const progress = Math.min(1, after / Math.max(1, maxSteps - 1 - warmup))
  const curve: Curve<Schedule> = CURVES[schedule.type]
  return rate * curve.factor(schedule, { step: after, progress })
}
