import {
  taskProblem,
  usesDataset,
  type JobSpec,
  type ModelPlan,
  type SequencesDecoding,
  type SequencesPlan,
} from '@unroll/contract'
import { decodeScales } from './sequences/decoding.ts'
import { recode } from './sequences/recoded.ts'
import { sequenceFeed, sequenceTestFeed } from './sequences/sequence_feed.ts'
import type { Sequences } from './sequences/sequences.ts'
import type { Feed } from './training_window.ts'
import { taskFeed } from './task_feed.ts'
import { textFeed, textTestFeed } from './text_feed.ts'
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

/** A data set that a trained model is tested on: a text in the vocabulary of the model, or sequences that fit it. */
export type TestedDataset = { text: EncodedText } | ({ sequences: Sequences; model: SequencesDecoding } & ModelPlan)

/** All of a data set as the test part of a trained model; there is nothing to train on. */
export function openTestFeed(spec: JobSpec, dataset: TestedDataset): Feed {
  const all = { ...spec, training: { ...spec.training, evaluation_batches: null } } // however many the job evaluates
  if ('text' in dataset) return textTestFeed(all, dataset.text)
  const { sequences, model, plan, recoding } = dataset
  return sequenceTestFeed(all, plan, decodeScales(model), recode(sequences, recoding))
}
