import { failpoint } from '@unroll/failpoints'
import { isFinal } from '@unroll/contract'
import type { Deletions } from '../telemetry/deletions.ts'
import type { Services } from '../types.ts'

/** The services that deletion needs. */
export type Deleting = Pick<Services, 'store' | 'artifacts'> & { deletions: Deletions }

/**
 * Deletes an ended job with everything below `jobs/<id>`. The artifacts are deleted first, so that the next deletion
 * completes an interrupted one.
 *
 * @param why the reason: a request, or the age of the job
 * @returns bytes of the deleted artifacts
 * @throws {UnrollError} JOB_NOT_ENDED, JOB_NOT_FOUND
 */
export async function deleteJob(
  { store, artifacts, deletions }: Deleting,
  id: string,
  why: 'request' | 'age',
): Promise<number> {
  const { status, finished_at, kept } = await store.jobs.get(id)
  const freed = { artifacts: 0, bytes: 0 }
  if (isFinal(status)) {
    for await (const { key, bytes } of artifacts.list(`jobs/${id}`)) {
      await artifacts.delete(key)
      freed.artifacts += 1
      freed.bytes += bytes
      failpoint('job.deleting')
    }
  }
  await store.jobs.delete(id)
  deletions.tell(why, { job: id, status, finished_at, kept, ...freed })
  return freed.bytes
}
