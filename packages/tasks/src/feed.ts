import { taskProblem, usesDataset, type JobSpec, type SequencesPlan } from '@unroll/contract'
import { sequenceFeed } from './sequences/sequence_feed.ts'
import type { Sequences } from './sequences/sequences.ts'
import type { Feed } from './training_window.ts'
import { taskFeed } from './task_feed.ts'
import { textFeed } from './text_feed.ts'
import type { EncodedText } from './vocabulary.ts'

/** An uploaded data set that is opened: a text, or sequences and what is learned of them. */
export type OpenedDataset = { text: EncodedText } | { sequences: Sequences; plan: SequencesPlan }

/**
 * The data of a job.
 *
 * @param dataset the uploaded data set, for a job on one
 * @throws RangeError when the job trains on a data set and none is given
 */
export async function openFeed(spec: JobSpec, dataset?: OpenedDataset): Promise<Feed> {
  if (!usesDataset(spec.data)) return taskFeed(spec, spec.data, taskProblem(spec.data, spec.sequence_length))
  if (dataset === undefined) throw new RangeError(`Cannot open data set ${spec.data.dataset} as its bytes are missing`)
  return 'text' in dataset
    ? textFeed(spec, spec.data, dataset.text)
    : await sequenceFeed(spec, dataset.plan, dataset.sequences)
}
