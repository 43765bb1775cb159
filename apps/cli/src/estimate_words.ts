import type { Estimate } from '@unroll/client'
import { bytesWords } from './bytes.ts'
import { figure } from './run_view.ts'

/** What a job would cost, a row for each figure. */
export function describeEstimate(estimate: Estimate): [name: string, value: string][] {
  const { parameters, memory_bytes: memory, gpu_memory_bytes: onGpu, flops_per_step: work } = estimate
  return [
    ['parameters', String(parameters)],
    ['memory', bytesWords(memory)],
    ...(onGpu === undefined ? [] : [['on a GPU', bytesWords(onGpu)] as [string, string]]),
    ['work', `${figure(work)} floating-point operations a step`],
  ]
}
