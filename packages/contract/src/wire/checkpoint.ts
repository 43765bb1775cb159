import { Type, type Static, type TString } from 'typebox'
import { CHECKPOINT_CHOICE } from '../ids.ts'
import { badness, fromJsonNumber, type EvaluatedName, type JsonNumber } from '../metrics.ts'
import { JobResult } from './job.ts'
import { time } from './nullable.ts'

/** A saved state of a run, from which it can resume. */
export const Checkpoint = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('checkpoint'),
    job: Type.String(),
    epoch: Type.Integer({ description: 'The attempt that wrote it; 0 for a copy from the job that this one repeats.' }),
    step: Type.Integer({ description: 'The last step before the checkpoint.' }),
    created_at: time('When it was written.'),
    bytes: Type.Integer({ description: 'Size of the file of the tensors.' }),
    sha256: Type.String({ description: 'Hex digest of that file: equal states have equal digests.' }),
    metrics: { ...JobResult, description: 'The newest value of each series.' },
  },
  { title: 'Checkpoint' },
)
export type Checkpoint = Static<typeof Checkpoint>

/** How bad a checkpoint is by a series, less being better. What was never evaluated, or to NaN, is worse than anything. */
export function rateCheckpoint({ metrics }: Checkpoint, series: EvaluatedName): number {
  const value = badness(series, fromJsonNumber((metrics[series] ?? 'NaN') as JsonNumber))
  return Number.isNaN(value) ? Infinity : value
}

/** A checkpoint of a job by its id, or by what it is among them. */
export function checkpointChoice(whose: string): TString {
  return Type.String({
    pattern: CHECKPOINT_CHOICE,
    default: 'best',
    description: `${whose}: a checkpoint by its id, "latest", or "best" by the job's \`checkpoint.best_by\` (the newest where none was evaluated).`,
  })
}
