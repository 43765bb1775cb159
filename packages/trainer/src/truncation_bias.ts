import type { Session } from '@unroll/bptt'
import type { JobSpec, SeriesName } from '@unroll/contract'
import { truncation, type Feed } from '@unroll/tasks'

/** Truncation bias on the first held-out batch; empty without one. */
export async function measureBias(
  session: Session,
  spec: JobSpec,
  { evaluationBatches }: Feed,
): Promise<Partial<Record<SeriesName, number>>> {
  const [probe] = evaluationBatches
  if (probe === undefined) return {}
  const { relative, cosine } = await session.truncationBias(probe.batch, truncation(spec))
  return { truncation_bias: relative, truncation_cosine: cosine }
}
