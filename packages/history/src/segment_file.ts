import type { Artifacts } from '@unroll/artifacts'
import type { RowKind, RowOf, Waiting } from '@unroll/store'
import { encodeFlowSegment, encodeScalarSegment } from './arrow.ts'
import { once } from './pyramid_keeper.ts'

const ENCODE = { scalars: encodeScalarSegment, flow: encodeFlowSegment }

/** Where all that is archived of a run's metrics is stored. */
export function metricsFolder(jobId: string): string {
  return `jobs/${jobId}/metrics`
}

/**
 * Stores rows as a segment, and answers its name: that of an attempt and of the rows, so that whoever stores them again
 * stores the same.
 *
 * @throws {ArtifactWriteError}
 */
export async function storeSegment<Kind extends RowKind>(
  artifacts: Artifacts,
  { jobId, epoch }: { jobId: string; epoch: number },
  kind: Kind,
  { head, rows }: Pick<Waiting<RowOf[Kind]>, 'head' | 'rows'>,
): Promise<string> {
  const place = `${head.epoch}.${head.firstSeq}-${head.lastSeq}`
  const name = `${metricsFolder(jobId)}/${kind}/${epoch}-${place}.arrow`
  const encode = ENCODE[kind] as (all: typeof rows) => Uint8Array
  await artifacts.put(name, once(encode(rows)))
  return name
}
