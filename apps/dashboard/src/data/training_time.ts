// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { usesDataset, type Dataset, type JobSpec } from '@unroll/client'
import type { Columns } from './columns.ts'

/** Seconds of training up to each row: the sum of the milliseconds of its steps. A step without a measured time takes none. */
export function sumSeconds(columns: Columns): Float64Array {
  const { values, present, spread } = columns.column('step_ms')
  let seconds = 0
  return values.map((value, row) => {
    const ms = spread === undefined ? value : spread.mean[row]! * spread.n[row]!
    if (present[row] === 1 && Number.isFinite(ms)) seconds += ms / 1000
    return seconds
  })
}

/**
 * Training steps in which a job reads as much as its training data have: those of an epoch. Undefined for tasks, whose data
 * are drawn without end, and where a split other than by a fraction says what is held out.
 */
export function countStepsPerEpoch(
  { data, bptt, sequence_length: T, training }: JobSpec,
  dataset: Dataset,
): number | undefined {
  if (!usesDataset(data) || data.split !== undefined) return undefined
  const kept = 1 - data.validation_fraction
  const N = training.batch_size
  const advance = N * (bptt.mode === 'full' ? T : bptt.k1)
  if (dataset.kind === 'text') return ((dataset.symbols ?? dataset.characters) * kept) / advance
  const isWhole = dataset.lengths.max <= T
  return isWhole ? (dataset.sequences * kept) / N : (dataset.steps * kept) / advance
}
