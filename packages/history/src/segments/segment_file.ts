import { once, type Artifacts } from '@unroll/artifacts'
import type { BlockOf, RowKind, Waiting } from '@unroll/store'
import { encodeFlowSegment, encodeScalarSegment } from './arrow.ts'

const ENCODE: { readonly [Kind in RowKind]: (block: BlockOf[Kind]) => Uint8Array } = {
  scalars: encodeScalarSegment,
  flow: encodeFlowSegment,
}

/** Folder of the archived metrics of a run. */
export function metricsFolder(jobId: string): string {
  return `jobs/${jobId}/metrics`
}

/**
 * Stores rows as a segment.
 *
 * @returns its name, made of the attempt and the rows, so that a repeated call stores the same
 * @throws {ArtifactWriteError}
 */
export async function storeSegment<Kind extends RowKind>(
  artifacts: Artifacts,
  { jobId, epoch }: { jobId: string; epoch: number },
  kind: Kind,
  { head, block }: Pick<Waiting<BlockOf[Kind]>, 'head' | 'block'>,
): Promise<string> {
  const place = `${head.epoch}.${head.firstSeq}-${head.lastSeq}`
  const name = `${metricsFolder(jobId)}/${kind}/${epoch}-${place}.arrow`
  await artifacts.put(name, once(ENCODE[kind](block)))
  return name
}
