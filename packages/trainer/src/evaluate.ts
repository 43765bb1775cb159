import type { Session } from '@unroll/bptt'
import type { SeriesName } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'

/** Loss and accuracy on held-out data, mean over its batches; empty without such data. */
export async function evaluate(
  session: Session,
  { evaluationBatches }: Feed,
): Promise<Partial<Record<SeriesName, number>>> {
  if (evaluationBatches.length === 0) return {}
  let loss = 0
  let accuracy: number | undefined
  for (const { batch, from } of evaluationBatches) {
    const result = await session.evaluate(batch, { from })
    loss += result.loss / evaluationBatches.length
    if (result.accuracy !== undefined) accuracy = (accuracy ?? 0) + result.accuracy / evaluationBatches.length
  }
  return { evaluation_loss: loss, ...(accuracy === undefined ? {} : { evaluation_accuracy: accuracy }) }
}
