import type { Session, StepOptions, StepReport } from '@unroll/bptt'
import type { TrainingWindow } from '@unroll/tasks'

/** One update on its data. */
export async function learn(
  session: Session,
  { prefix, batch, window }: TrainingWindow,
  options: StepOptions,
): Promise<StepReport> {
  if (prefix !== undefined) await session.forward(prefix, { from: 'initial', advance: prefix.steps })
  return await session.step(batch, window, options)
}
