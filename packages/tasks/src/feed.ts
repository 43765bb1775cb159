import { taskProblem, usesDataset, type JobSpec } from '@unroll/contract'
import type { Feed } from './training_window.ts'
import { taskFeed } from './task_feed.ts'
import { textFeed } from './text_feed.ts'

/**
 * The data of a job.
 *
 * @param text the uploaded text, for a job on a data set
 * @throws RangeError when a job on a data set has no text
 */
export function openFeed(spec: JobSpec, text?: string): Feed {
  if (!usesDataset(spec.data)) return taskFeed(spec, spec.data, taskProblem(spec.data, spec.sequence_length))
  if (text === undefined) throw new RangeError(`Cannot open data set ${spec.data.dataset} as its text is missing`)
  return textFeed(spec, spec.data, text)
}
