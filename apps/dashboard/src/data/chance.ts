import { taskProblem, textProblem, usesDataset, type JobSpec, type UnrollClient } from '@unroll/client'

/** Loss of the best answer that remembers nothing; for a text it takes the size of its vocabulary from the API. */
export async function chanceLoss(
  client: UnrollClient,
  { data, sequence_length: T }: Pick<JobSpec, 'data' | 'sequence_length'>,
  signal: AbortSignal,
): Promise<number | null> {
  if (!usesDataset(data)) return taskProblem(data, T).chance.loss
  const dataset = await client.datasets.get(data.dataset, { signal })
  return dataset.kind === 'text' ? textProblem(dataset).chance.loss : null
}
