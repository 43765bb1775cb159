import type { Job } from './numbers.ts'

const DIGITS = 3

/** The state of a job with a qualification: `succeeded, at chance`. */
export function statusWords({ status, outcome }: Pick<Job, 'status' | 'outcome'>): string {
  const words = status.replaceAll('_', ' ')
  return outcome?.at_chance === true ? `${words}, at chance` : words
}

/** The outcome of a run: `30.1 times better than chance`, skipped or zeroed updates, and findings. */
export function outcomeWords({ outcome }: Pick<Job, 'outcome'>): string[] {
  if (!outcome) return []
  const { at_chance: isAtChance, times_better_than_chance: times } = outcome
  const better = isAtChance
    ? 'not better than chance'
    : `${Number((times ?? 0).toPrecision(DIGITS))} times better than chance`
  return [
    better,
    ...counted(outcome.updates_skipped, 'skipped'),
    ...counted(outcome.updates_zeroed, 'with non-finite elements set to 0'),
    ...outcome.findings.map((code) => code.replaceAll('_', ' ')),
  ]
}

/**
 * The engine of the newest attempt: `tensorflow on cuda, 2 GPUs, 2 shards, float32, deterministic`; null before it
 * trains.
 */
export function computedByWords({ attempts }: Pick<Job, 'attempts'>): string | null {
  const by = attempts.at(-1)?.computed_by
  if (!by) return null
  return [
    `${by.engine} on ${by.device}`,
    ...(by.gpus.length > 1 ? [`${by.gpus.length} GPUs`] : []),
    ...(by.shards > 1 ? [`${by.shards} shards`] : []),
    by.tf32 ? 'TF32' : 'float32',
    by.deterministic ? 'deterministic' : 'not deterministic',
  ].join(', ')
}

function counted(updates: number, what: string): string[] {
  if (updates === 0) return []
  return [`${updates} ${updates === 1 ? 'update' : 'updates'} ${what}`]
}
