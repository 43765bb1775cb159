import type { Job, UnrollClient } from '@unroll/client'

/** Statuses in which a job writes rows. */
const TRAINING: readonly string[] = ['running', 'pausing', 'cancelling']

/** The newest training loss of a job: that of its result after its end, that of its newest row before. */
export async function liveLoss(client: UnrollClient, job: Job, signal: AbortSignal): Promise<number | null> {
  const last = job.result?.['loss']
  if (last !== undefined) return last
  if (!TRAINING.includes(job.status) || job.progress.step === 0) return null
  const from = Math.max(1, job.progress.step - job.spec.observe.metrics_every + 1)
  const { series } = await client.jobs.metrics(job.id, { series: ['loss'], from_step: from, limit: 100 }, { signal })
  return series['loss']?.findLast((value) => value !== null) ?? null
}
