import type { Session } from '@unroll/bptt'
import type { JobSpec, SeriesName } from '@unroll/contract'
import { truncation, type Decided, type Feed } from '@unroll/tasks'

/** Truncation bias on the first held-out batch, with the k2 that has been decided where one has; empty without a batch. */
export async function measureBias(
  session: Session,
  spec: JobSpec,
  { evaluationBatches }: Feed,
  { reach }: Decided = {},
): Promise<Partial<Record<SeriesName, number>>> {
  const [probe] = evaluationBatches
  if (probe === undefined) return {}
  const { k1, k2 } = truncation(spec)
  const { relative, cosine } = await session.truncationBias(probe.batch, { k1, k2: reach?.k2 ?? k2 })
  return { truncation_bias: relative, truncation_cosine: cosine }
}
