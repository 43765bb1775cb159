import type { Artifacts } from '@unroll/artifacts'
import { WAITING_BYTES, type Metrics } from '@unroll/store'
import { storeSegment } from './segment_file.ts'

/**
 * Moves the rows of an ended job from Redis into segments, so that Redis only holds references to them. They get no
 * pyramid: responses to readers stay the same to the last bit. As with an attempt's own rows, each row is in one place
 * at any interruption; a repeated or concurrent call stores the same.
 *
 * @returns the number of moved rows
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
      if ((await metrics.archive(jobId, 'ended', { kind, head, segment })) === 'fenced') return moved // the job is deleted
      moved += head.rows
    }
  }
  return moved
}
