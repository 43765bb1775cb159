// Updates that learn from Lyapunov exponents (docs/math/flossing.md).

import { mapTensors, type HostTensor, type Session, type StepOptions, type StepReport } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'
import type { TrainingWindow } from '@unroll/tasks'
import { isMultiple } from './intervals.ts'

/** What an update learns from exponents. */
export interface FlossingStep {
  /** k. */
  readonly exponents: number
  /** What the sum of their squares is multiplied by. */
  readonly weight: number
  /** Whether it learns from nothing else. */
  readonly alone: boolean
}

/** An update with the sum of the squares of the exponents before it. */
export interface Flossed extends StepReport {
  readonly flossing: number
}

/** What the update of a step learns from exponents; undefined where it does not. */
export function chooseFlossing({ regularise }: Pick<JobSpec, 'regularise'>, step: number): FlossingStep | undefined {
  if (!regularise?.flossing) return undefined
  const { exponents, weight, before, every } = regularise.flossing
  const alone = step <= before
  return alone || isMultiple(every, step - before) ? { exponents, weight, alone } : undefined
}

/** One update of a window on the exponents of its layers, and on its loss unless it learns from them alone; the loss that is reported is the task's. */
export async function floss(
  session: Session,
  { batch, window }: Pick<TrainingWindow, 'batch' | 'window'>,
  { exponents, weight, alone }: FlossingStep,
  options: StepOptions,
): Promise<Flossed> {
  const found = await session.differentiateSpectrum(batch, window, exponents)
  const task = await session.differentiate(batch, window, options) // moves on the state that both begin from
  const gradients = mapTensors(found.gradients, ({ shape, data }, name): HostTensor => {
    const own = alone ? undefined : task.gradients[name]!.data
    return { shape, data: data.map((value, at) => weight * value + (own?.[at] ?? 0)) }
  })
  const clipped = alone || task.clippedFraction === undefined ? {} : { clippedFraction: task.clippedFraction }
  const applied = await session.applyGradients({ loss: task.loss, gradients, ...clipped }, options)
  const { parameterNorms, ...report } = applied
  const { accuracy, flow, saturation } = task
  return {
    ...report,
    ...(options.metrics && { parameterNorms: parameterNorms!, ...(accuracy !== undefined && { accuracy }) }),
    ...(flow && { flow }),
    ...(saturation && { saturation }),
    flossing: found.squares,
  }
}
