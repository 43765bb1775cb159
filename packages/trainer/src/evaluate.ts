import type { Session } from '@unroll/bptt'
import type { SeriesName } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'

/** Loss and accuracy on held-out data, mean over its batches; empty where there is none. */
export async function evaluate(session: Session, { examinations }: Feed): Promise<Partial<Record<SeriesName, number>>> {
  if (examinations.length === 0) return {}
  let loss = 0
  let accuracy: number | undefined
  for (const { batch, from } of examinations) {
    const result = await session.evaluate(batch, { from })
    loss += result.loss / examinations.length
    if (result.accuracy !== undefined) accuracy = (accuracy ?? 0) + result.accuracy / examinations.length
  }
  return { evaluation_loss: loss, ...(accuracy === undefined ? {} : { evaluation_accuracy: accuracy }) }
}
