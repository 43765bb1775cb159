import type { Artifacts } from '@unroll/artifacts'
import { WAITING_BYTES, type Metrics } from '@unroll/store'
import { storeSegment } from './segment_file.ts'

/**
 * Moves the rows that a job which has ended has in Redis into segments, so that Redis holds references to them alone. No
 * pyramid is made of them: what readers are answered stays the same to the last bit. As with an attempt's own rows, each
 * is in one place whenever this is cut short; whoever repeats it, or does it at the same time, stores the same.
 *
 * @returns rows that were moved
 * @throws {ArtifactWriteError} when a segment cannot be stored
 * @throws {UnrollError} JOB_NOT_FOUND, STORE_UNAVAILABLE
 */
export async function archiveRest(metrics: Metrics, artifacts: Artifacts, jobId: string): Promise<number> {
  const { epoch } = await metrics.head(jobId)
  let moved = 0
  for (const kind of ['scalars', 'flow'] as const) {
    for (;;) {
      const waiting = await metrics.waiting(jobId, kind, WAITING_BYTES[kind])
      if (waiting === undefined) break
      const { head } = waiting
      const segment = await storeSegment(artifacts, { jobId, epoch }, kind, waiting)
      if ((await metrics.archive(jobId, 'ended', { kind, head, segment })) === 'fenced') return moved // it is gone
      moved += head.rows
    }
  }
  return moved
}
