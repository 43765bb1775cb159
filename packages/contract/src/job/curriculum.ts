import type { JobSpec } from './job_spec.ts'

type Curriculum = NonNullable<JobSpec['training']['curriculum']>

/**
 * T of the sequences of a step of the run, from 1.
 *
 * @param growths how often a curriculum that grows when a length is solved has grown before the step
 */
export function lengthAt({ sequence_length: T, training }: JobSpec, step: number, growths = 0): number {
  const { curriculum } = training
  if (!curriculum) return T // absent from older records
  const { start_length, increment, every_steps, when } = curriculum
  const times = when ? growths : Math.floor((step - 1) / every_steps)
  return Math.min(T, start_length + increment * times)
}

/** Whether the scores of held-out sequences of a length solve it; NaN solves nothing. */
export function isSolved(
  { series, below = -Infinity, above = Infinity }: NonNullable<Curriculum['when']>,
  scores: Readonly<Partial<Record<string, number>>>,
): boolean {
  const value = scores[series] ?? Number.NaN
  return value < below || value > above
}

/** The first step, from 1, whose sequences are as long as they become; undefined where that depends on what is learned. */
export function findFullLengthStep({ sequence_length: T, training: { curriculum } }: JobSpec): number | undefined {
  if (!curriculum) return 1
  const { start_length, increment, every_steps, when } = curriculum
  return when ? undefined : 1 + every_steps * Math.max(0, Math.ceil((T - start_length) / increment))
}
