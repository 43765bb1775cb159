import { taskProblem, textProblem, usesDataset, type JobSpec, type UnrollClient } from '@unroll/client'

/** Loss of the best prediction without memory; for a text it reads the size of the vocabulary from the API. */
export async function chanceLoss(
  client: UnrollClient,
  { data, sequence_length: T }: Pick<JobSpec, 'data' | 'sequence_length'>,
  signal: AbortSignal,
): Promise<number> {
  if (!usesDataset(data)) return taskProblem(data, T).chance.loss
  return textProblem(await client.datasets.get(data.dataset, { signal })).chance.loss
}
