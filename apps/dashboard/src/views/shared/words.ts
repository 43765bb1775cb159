import { formatBytes, formatCount, formatName, formatValue } from '../../format.ts'
import { listHiddenSizes, outcomeWords, queueWords, type Estimate, type Job, type JobSpec } from '@unroll/client'

/** The data of a job: `adding` or `dataset ds_…`. */
export function dataWords({ data }: Pick<JobSpec, 'data'>): string {
  return 'dataset' in data ? `dataset ${data.dataset}` : formatName(data.task)
}

/** The network: `lstm · 64 units · 2 layers`, `lstm · 128 + 64 units · 2 layers`. */
export function modelWords({ model }: Pick<JobSpec, 'model'>): string {
  const sizes = listHiddenSizes(model)
  const layers = sizes.length === 1 ? '1 layer' : `${sizes.length} layers`
  const units = new Set(sizes).size === 1 ? formatCount(sizes[0]!) : sizes.map(formatCount).join(' + ')
  const residual = model.residual === true ? ' · residual' : ''
  const directions = model.bidirectional === true ? ' · bidirectional' : ''
  return `${formatName(model.cell)} · ${units} units · ${layers}${residual}${directions}`
}

/** The reach of the gradient: `full, T = 100`, `truncated, T = 100, k1 = 20, k2 = 40`, `randomised, T = 100, k1 = 20, p = 0.5` or `adaptive, T = 100, k1 = 20, k2 ≤ 100, δ = 0.1`. */
export function bpttWords({ bptt, sequence_length: T }: Pick<JobSpec, 'bptt' | 'sequence_length'>): string {
  const reach = `${bptt.mode}, T = ${formatCount(T)}`
  if (bptt.mode === 'full') return reach
  return `${reach}, k1 = ${formatCount(bptt.k1)}, ${truncationWords(bptt, T)}`
}

function truncationWords(bptt: Exclude<JobSpec['bptt'], { mode: 'full' }>, T: number): string {
  if (bptt.mode === 'truncated') return `k2 = ${formatCount(bptt.k2)}`
  if (bptt.mode === 'randomised') return `p = ${formatValue(bptt.truncation_probability)}`
  return `k2 ≤ ${formatCount(bptt.k2_max ?? T)}, δ = ${formatValue(bptt.bias_bound)}`
}

/** The estimated memory of a job: `about 12 MiB`, or for a job on either device `about 12 MiB, 90 MiB on a GPU`. */
export function memoryWords({ memory_bytes: bytes, gpu_memory_bytes: onGpu = bytes }: Estimate): string {
  const words = `about ${formatBytes(bytes)}`
  return formatBytes(onGpu) === formatBytes(bytes) ? words : `${words}, ${formatBytes(onGpu)} on a GPU`
}

/** The clipping policy with its figures: `norm, threshold = 1`. */
export function clippingWords({ clipping }: Pick<JobSpec, 'clipping'>): string {
  const { policy, nonfinite: _, ...figures } = clipping
  const words = Object.entries(figures).map(
    ([name, value]) => `${formatName(name)} = ${typeof value === 'number' ? formatValue(value) : value}`,
  )
  return [formatName(policy), ...words].join(', ')
}

/** The update rule: `adam, learning rate = 0.001`. */
export function optimizerWords({ optimizer }: Pick<JobSpec, 'optimizer'>): string {
  return `${formatName(optimizer.type)}, learning rate = ${formatValue(optimizer.learning_rate)}`
}

/** The reason why a job waits or ended, in words; empty if there is none. */
export function reasonWords({
  status_reason: reason,
  error,
  queue,
  outcome,
}: Pick<Job, 'status_reason' | 'error' | 'queue' | 'outcome'>): string {
  if (error !== null) return error.message
  if (outcome !== null)
    return [...(reason === null ? [] : [formatName(reason)]), ...outcomeWords({ outcome })].join(' · ')
  return [...(reason === null ? [] : [formatName(reason)]), ...queueWords({ queue })].join(' · ')
}

/** The reason why a request failed, in words. */
export function errorWords(error: unknown): string {
  const isAnswered = error instanceof Error && !(error instanceof TypeError)
  return isAnswered ? error.message : 'The API does not answer'
}
