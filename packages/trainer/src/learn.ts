import type { Session, SourceMatrix, StepOptions, StepReport } from '@unroll/bptt'
import type { TrainingWindow } from '@unroll/tasks'

export interface LearnOptions extends StepOptions {
  /** Also returns the itemised matrix of so many sources; not with 0. Never changes a weight. */
  readonly sources: number
}

/** An update, and what was observed before it. */
export interface Learned extends StepReport {
  /** The itemised matrix of each layer. */
  readonly matrix?: readonly SourceMatrix[]
}

/** One update on its data. */
export async function learn(
  session: Session,
  { prefix, batch, window }: TrainingWindow,
  { sources, ...options }: LearnOptions,
): Promise<Learned> {
  if (prefix !== undefined) await session.forward(prefix, { from: 'initial', advance: prefix.steps })
  const matrix = sources > 0 ? await session.itemise(batch, window, sources) : undefined
  const report = await session.step(batch, window, options)
  return { ...report, ...(matrix && { matrix }) }
}
