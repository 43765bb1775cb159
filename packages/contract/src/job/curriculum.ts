import type { JobSpec } from './job_spec.ts'

/** T of the sequences of a step of the run, from 1. */
export function lengthAt({ sequence_length: T, training }: JobSpec, step: number): number {
  const { curriculum } = training
  if (!curriculum) return T // absent from older records
  const { start_length, increment, every_steps } = curriculum
  return Math.min(T, start_length + increment * Math.floor((step - 1) / every_steps))
}

/** The first step, from 1, whose sequences are as long as they become. */
export function findFullLengthStep({ sequence_length: T, training: { curriculum } }: JobSpec): number {
  if (!curriculum) return 1
  const { start_length, increment, every_steps } = curriculum
  return 1 + every_steps * Math.max(0, Math.ceil((T - start_length) / increment))
}
