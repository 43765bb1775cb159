import {
  planSequences,
  sequencesProblem,
  taskProblem,
  textProblem,
  usesDataset,
  type JobSpec,
  type UnrollClient,
} from '@unroll/client'

/** Loss of the best answer that remembers nothing, for which it asks the API what a data set is like; NaN where only the run itself knows it. */
export async function chanceLoss(
  client: UnrollClient,
  { data, sequence_length: T }: Pick<JobSpec, 'data' | 'sequence_length'>,
  signal: AbortSignal,
): Promise<number> {
  if (!usesDataset(data)) return taskProblem(data, T).chance.loss
  const dataset = await client.datasets.get(data.dataset, { signal })
  if (dataset.kind === 'text') return textProblem(dataset).chance.loss
  const planned = planSequences(data, dataset)
  return 'plan' in planned ? sequencesProblem(planned.plan).chance.loss : Number.NaN
}
