import { taskProblem, usesDataset, type JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'

/** Time steps that the task requires to remember; 0 if unknown. */
export function computeLag({ data, model, sequence_length: T }: JobSpec): number {
  return usesDataset(data) || model.bidirectional === true ? 0 : taskProblem(data, T).lag
}

/** Whether the window of truncated backpropagation is shorter than what the task asks for, which no training changes. */
export function isCut(spec: JobSpec): boolean {
  return spec.bptt.mode === 'truncated' && spec.bptt.k2 < computeLag(spec)
}

/** The whole sequence as window, where the one that is given is shorter than the lag. */
export function widerWindow(spec: JobSpec): Remedy[] {
  const { bptt, sequence_length: T } = spec
  if (bptt.mode !== 'truncated' || !isCut(spec)) return []
  const advice = `Go back through all ${T} steps of the sequence: truncation cuts off the input that the task is about.`
  return [{ advice, sections: { bptt: { ...bptt, k2: T } } }]
}
