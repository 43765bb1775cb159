import { isGated, taskProblem, usesDataset, type JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'
import { longerReach } from './longer_reach.ts'

/** Time steps that the task requires to remember; 0 if unknown. */
export function computeLag({ data, model, sequence_length: T }: JobSpec): number {
  return usesDataset(data) || model.bidirectional === true ? 0 : taskProblem(data, T).lag
}

/** Whether the window of truncated backpropagation is shorter than what the task asks for, which no training changes. */
export function isCut(spec: JobSpec): boolean {
  return spec.bptt.mode === 'truncated' && spec.bptt.k2 < computeLag(spec)
}

/**
 * The whole sequence as window, where the one that is given is shorter than the lag, and gates that let the gradient through as far: a
 * window alone leaves gates half open, through which little of it gets that far.
 */
export function widerWindow(spec: JobSpec): Remedy[] {
  const { bptt, sequence_length: T } = spec
  if (bptt.mode !== 'truncated' || !isCut(spec)) return []
  const [gates] = isHalfOpen(spec) ? longerReach(spec, T) : []
  return [
    {
      advice: `Go back through all ${T} steps of the sequence: truncation cuts off the input that the task is about.${gates === undefined ? '' : ` ${gates.advice}`}`,
      sections: { ...gates?.sections, bptt: { ...bptt, k2: T } },
    },
  ]
}

/** Whether gates begin without a time that they are open for, and hold one answer at the end: with one at every step they let go as well. */
function isHalfOpen({ model: { cell, init }, data, sequence_length: T }: JobSpec): boolean {
  const isFree = isGated(cell) && 'chrono_t_max' in init && init.chrono_t_max === null
  return isFree && !usesDataset(data) && taskProblem(data, T).mode === 'many_to_one'
}
